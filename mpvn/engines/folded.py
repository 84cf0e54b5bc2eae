"""The folded engine: time is in the batch axis, and every unit runs once for all its executions if its layers allow it.

A register is one operation, `register.delay`: forward, it reads by the map `r`; backward, it returns cotangents by `r`
again (exact gradients), or as a gradient rule defines. Everything else is automatic differentiation.
"""

from collections.abc import Sequence

import tensorflow as tf

from mpvn.engines.clip_draws import ClipDraws
from mpvn.engines.clip_values import ClipValues
from mpvn.engines.pipeline import Pipeline
from mpvn.engines.registers import Adjoint, delay
from mpvn.engines.tick_by_tick import call_tick_by_tick, means_one_tick
from mpvn.layers.ticks import ticks
from mpvn.schedule.delays import Read
from mpvn.schedule.wiring import FRAME


class FoldedClip:
    """A clip that has been run through a network.

    Args:
        pipeline: pipeline of a network without feedback.
        video: [time, batch, ...], with known time.
        training: passed to the layers.
        start_tick: tick of the global clock at which the clip starts.
        adjoint: the backward pass of registers; by default exact.

    Attributes:
        values: {unit name: its outputs [executions, batch, ...]}, also for the frame.
        loss: see `ClipValues`.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        video: tf.Tensor,
        training: bool = False,
        start_tick: int = 0,
        adjoint: Adjoint | None = None,
    ) -> None:
        self.pipeline, self.start_tick, self.adjoint = pipeline, start_tick, adjoint or Adjoint()
        self.num_frames = video.shape[0]
        self.values = {FRAME: video}
        losses, draws = [], ClipDraws(pipeline, training)
        for unit in pipeline.schedule.units:
            at = pipeline.schedule.valid_ticks(unit.name, self.num_frames, start_tick)
            with pipeline.on_device(unit.subnetwork):
                inputs = [self._read(read, at) for read in unit.reads]
                if len(at) and means_one_tick(pipeline, unit.name, training):
                    outputs, loss = call_tick_by_tick(pipeline, unit.name, inputs, training, draws)
                else:
                    outputs, loss = _call_folded(pipeline, unit.name, inputs, training)
            outputs.set_shape([len(at), video.shape[1], *outputs.shape[2:]])
            self.values[unit.name] = outputs
            losses += [loss] if loss is not None else []
        with pipeline.on_device(-1):
            self.loss = tf.add_n(losses) if losses else None

    def at_every_tick(self, name: str) -> tf.Tensor:
        """The latest output of unit `name` at every tick, [time, batch, ...], zeros before its first valid tick."""
        first = self.pipeline.schedule.unit_valid_from(name, self.start_tick)
        held = self._read(Read(name, 0), range(first, self.start_tick + self.num_frames))
        return tf.pad(held, [[first - self.start_tick, 0]] + [[0, 0]] * (held.shape.rank - 1))

    def _read(self, read: Read, at: range) -> tf.Tensor:
        """The values that a reader gets at its executions, [executions, batch, ...]."""
        crossing = self.adjoint.crossing(self.pipeline.schedule, read, at, self.num_frames, self.start_tick)
        return delay(self.values[read.source], crossing, self.pipeline.device_of(read.source))


def run(
    pipeline: Pipeline, video: tf.Tensor, training: bool = False, start_tick: int = 0, watched: Sequence[str] = ()
) -> ClipValues:
    """Runs a network over a clip.

    Args:
        pipeline, video, training, start_tick: see `FoldedClip`.
        watched: names of units whose values are also returned.
    """
    clip = FoldedClip(pipeline, video, training, start_tick)
    with pipeline.on_device(-1):
        outputs = clip.at_every_tick(pipeline.schedule.output)
        return ClipValues(outputs, {name: clip.at_every_tick(name) for name in watched}, clip.loss)


def _call_folded(
    pipeline: Pipeline, name: str, inputs: Sequence[tf.Tensor], training: bool
) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Calls the layer of a unit once for all executions; arguments and result as for `call_tick_by_tick`."""
    count = inputs[0].shape[0]
    with ticks(folded=count):
        outputs, loss = pipeline.call_unit(name, [_fold(value) for value in inputs], training)
    return tf.reshape(outputs, tf.concat([[count, -1], tf.shape(outputs)[1:]], 0)), loss


def _fold(value: tf.Tensor) -> tf.Tensor:
    """[ticks, batch, ...] to [ticks * batch, ...]."""
    return tf.reshape(value, tf.concat([[-1], tf.shape(value)[2:]], 0))
