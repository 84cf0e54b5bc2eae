"""The folded engine: time in the batch axis, every unit runs once for all its executions."""

from collections.abc import Sequence

import tensorflow as tf

from mpvn.engines.register import delay
from mpvn.layers.ticks import ticks
from mpvn.schedule.index_maps import read_map
from mpvn.schedule.schedule import Read
from mpvn.schedule.wiring import FRAME


def run(network, video: tf.Tensor, training: bool = False, start_tick: int = 0, watched: Sequence[str] = ()):
    """Runs a network over a clip.

    Args:
        network: a VideoNetwork without feedback.
        video: [time, batch, ...], time known.
        training: passed to the layers.
        start_tick: tick of the global clock at which the clip starts.
        watched: names of units whose values are asked for, too.

    Returns:
        [time, batch, ...]: the output at every tick, zeros before the first valid one; and {name: the same} of the
        watched units, each with what it has last computed.
    """
    schedule = network.schedule
    num_frames = video.shape[0]
    values = {FRAME: video}

    def read(edge: Read, at: range) -> tf.Tensor:
        index = read_map(schedule, edge, at, num_frames, start_tick)
        return delay(values[edge.source], index, index)

    for unit in schedule.units:
        at = schedule.valid_ticks(unit.name, num_frames, start_tick)
        with network.on_device(unit.subnetwork):
            inputs = [fold(read(edge, at)) for edge in unit.reads]
            with ticks(folded=len(at)):
                outputs = network.call_unit(unit.name, inputs, training)
            values[unit.name] = tf.reshape(outputs, tf.concat([[len(at), -1], tf.shape(outputs)[1:]], 0))
        values[unit.name].set_shape([len(at), video.shape[1], *outputs.shape[1:]])

    def at_every_tick(name: str) -> tf.Tensor:
        first = schedule.unit_valid_from(name, start_tick)
        found = read(Read(name, 0), range(first, start_tick + num_frames))
        return tf.pad(found, [[first - start_tick, 0]] + [[0, 0]] * (found.shape.rank - 1))

    with network.on_device(-1):
        return at_every_tick(schedule.output), {name: at_every_tick(name) for name in watched}


def fold(value: tf.Tensor) -> tf.Tensor:
    """[ticks, batch, ...] to [ticks * batch, ...]."""
    return tf.reshape(value, tf.concat([[-1], tf.shape(value)[2:]], 0))
