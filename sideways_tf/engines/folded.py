"""Gradients and pseudo-gradients with time folded into the batch."""

import tensorflow as tf

from mpvn.engines.folded import fold
from mpvn.engines.register import add_up, take
from mpvn.layers.ticks import ticks
from mpvn.schedule.index_maps import read_map, return_map
from mpvn.schedule.schedule import Read
from mpvn.schedule.wiring import FRAME


def unit_gradients(network, video, loss_at, gradients: str, training: bool, per_tick: bool):
    """Sums over ticks of each unit's gradients, one backward pass per unit for all its executions.

    Args:
        network: a VideoNetwork without feedback.
        video: [time, batch, ...].
        loss_at: function of (ticks, outputs [ticks, batch, ...]) that gives each tick's loss, [ticks].
        gradients: `"exact"` or `"sideways"`.
        training: passed to the layers.
        per_tick: gradients of single ticks instead of their sum.

    Returns:
        Losses [ticks] from the schedule's reach on, outputs [time, batch, ...] with zeros before the first valid tick,
        and {unit name: gradients of its trainable variables}, with a leading axis [time] if `per_tick`.
    """
    schedule, num_frames = network.schedule, video.shape[0]
    back = read_map if gradients == "exact" else return_map
    values, tapes, reads = {FRAME: video}, {}, {}
    for unit in schedule.units:
        at = schedule.valid_ticks(unit.name, num_frames)
        with network.on_device(unit.subnetwork):
            inputs = [fold(take(values[r.source], read_map(schedule, r, at, num_frames))) for r in unit.reads]
            with tf.GradientTape(persistent=per_tick) as tape:
                tape.watch(inputs)
                with ticks(folded=len(at)):
                    outputs = network.call_unit(unit.name, inputs, training)
            values[unit.name] = _unfold(outputs, len(at))
        tapes[unit.name], reads[unit.name] = tape, (inputs, outputs, at)

    loss_read, loss_ticks = Read(schedule.output, 0), range(schedule.reach, num_frames)
    with network.on_device(-1):
        with tf.GradientTape() as tape:
            outputs = take(values[schedule.output], read_map(schedule, loss_read, loss_ticks, num_frames))
            tape.watch(outputs)
            losses = loss_at(loss_ticks, outputs)
            total = tf.reduce_sum(losses)
        index = back(schedule, loss_read, loss_ticks, num_frames)
        cotangents = {schedule.output: add_up(tape.gradient(total, outputs), index, len(reads[schedule.output][2]))}

    result = {}
    for unit in reversed(schedule.units):
        inputs, outputs, at = reads[unit.name]
        if unit.name not in cotangents:
            continue  # nothing leads from here to the loss
        variables, tape = network.wiring[unit.name].layer.trainable_variables, tapes[unit.name]
        with network.on_device(unit.subnetwork):
            returned, found = _pull(tape, outputs, fold(cotangents[unit.name]), inputs, variables)
            if per_tick:
                found = _single(tape, outputs, cotangents[unit.name], variables, at, num_frames)
        result[unit.name] = found
        for read, value in zip(unit.reads, returned, strict=True):
            if read.source == FRAME or value is None:
                continue
            index = back(schedule, read, at, num_frames)
            with tf.device(network.device_of(read.source)):
                arrived = add_up(_unfold(value, len(at)), index, len(reads[read.source][2]))
                before = cotangents.get(read.source)
                cotangents[read.source] = arrived if before is None else before + arrived
    first = schedule.valid_from
    with network.on_device(-1):
        outputs = take(values[schedule.output], read_map(schedule, loss_read, range(first, num_frames), num_frames))
        outputs = tf.pad(outputs, [[first, 0]] + [[0, 0]] * (outputs.shape.rank - 1))
    return losses, outputs, result


def _pull(tape, outputs, cotangent, inputs, variables):
    """Vector-Jacobian products with respect to inputs and variables."""
    found = tape.gradient(outputs, [*inputs, *variables], output_gradients=cotangent)
    return found[: len(inputs)], [
        tf.zeros_like(v) if g is None else tf.convert_to_tensor(g)
        for v, g in zip(variables, found[len(inputs) :], strict=True)
    ]


def _single(tape, outputs, cotangents, variables, at, num_frames):
    """The gradients of every tick by itself, [time, ...] for every variable."""
    rows = {tick: k for k, tick in enumerate(at)}
    single = []
    for tick in range(num_frames):
        if tick in rows:
            alone = tf.one_hot(rows[tick], len(at), dtype=cotangents.dtype)
            alone = tf.reshape(alone, [-1] + [1] * (cotangents.shape.rank - 1)) * cotangents
            single.append(_pull(tape, outputs, fold(alone), [], variables)[1])
        else:
            single.append([tf.zeros_like(v) for v in variables])
    return [tf.stack(values) for values in zip(*single, strict=True)]


def _unfold(value, num_ticks: int):
    unfolded = tf.reshape(value, tf.concat([[num_ticks, -1], tf.shape(value)[1:]], 0))
    return tf.ensure_shape(unfolded, [num_ticks, None, *value.shape[1:]])
