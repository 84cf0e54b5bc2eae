"""Registers: they delay values on edges between two subnetworks.

In a folded clip, a register is one operation, `delay`. Its forward pass shifts by the edge's delay in time; its
backward pass shifts back (exact gradients) or as another `Adjoint` defines (Sideways pseudo-gradients shift forward
again). In a stream, a register is a layer with a buffer and a clock counter, `PipelineRegister`.
"""

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mpvn.layers.types import Shape
from mpvn.schedule.delays import Read
from mpvn.schedule.index_maps import read_map
from mpvn.schedule.schedule import Schedule


@dataclass(frozen=True)
class Crossing:
    """One edge in a folded clip.

    Attributes:
        reads: int [executions of the reader], the execution of the source that each one reads (`read_map`).
        returns: int [executions of the reader], the execution that each cotangent is added to; cotangents with a
            negative index are dropped.
        change: function from the sent cotangents [executions of the reader, ...] to the arriving ones; None for no
            change.
    """

    reads: np.ndarray
    returns: np.ndarray
    change: Callable[[tf.Tensor], tf.Tensor] | None = None


class Adjoint:
    """Sends cotangents back through registers in a folded clip: here exactly, to the execution that was read."""

    def crossing(self, schedule: Schedule, read: Read, at: range, num_frames: int, start_tick: int) -> Crossing:
        """Both directions of an edge whose reader executes at ticks `at` of a clip."""
        reads = read_map(schedule, read, at, num_frames, start_tick)
        return Crossing(reads, reads)


def delay(value: tf.Tensor, crossing: Crossing, device: str | None = None) -> tf.Tensor:
    """Reads a folded source through a register.

    Args:
        value: [executions of the source, ...].
        crossing: the executions that are read, and the ones that get cotangents.
        device: device of the source, where its cotangents are summed; None if TensorFlow chooses.

    Returns:
        [executions of the reader, ...].
    """
    size = value.shape[0]

    @tf.custom_gradient
    def shift(value: tf.Tensor):
        def back(cotangent: tf.Tensor) -> tf.Tensor:
            if crossing.change is not None:
                cotangent = crossing.change(cotangent)
            with tf.device(device):
                return add_up(cotangent, crossing.returns, size)

        return take(value, crossing.reads), back

    return shift(value)


def take(value: tf.Tensor, index: np.ndarray) -> tf.Tensor:
    """`tf.gather` along the first axis, as a slice (no copy) if the index is a plain range."""
    steps = np.diff(index)
    if len(index) == value.shape[0] and np.array_equal(index, np.arange(len(index))):
        return tf.identity(value)
    if len(index) and index[0] >= 0 and (steps == steps[:1]).all() and (not len(steps) or steps[0] > 0):
        return value[index[0] : index[-1] + 1 : steps[0] if len(steps) else 1]
    return tf.gather(value, index)


def add_up(cotangent: tf.Tensor, index: np.ndarray, size: int) -> tf.Tensor:
    """The adjoint of `take`, with negative indices left out."""
    if len(index) and index[0] >= 0 and (np.diff(index) == 1).all():
        before, after = index[0], size - 1 - index[-1]
        return tf.pad(cotangent, [[before, after]] + [[0, 0]] * (cotangent.shape.rank - 1))
    return tf.math.unsorted_segment_sum(cotangent, index, size)


@keras.saving.register_keras_serializable("mpvn")
class PipelineRegister(keras.layers.Layer):
    """A register in a stream: keeps the outputs of a unit's latest executions from one tick to the next.

    Called once per tick, it returns its input of `delay` ticks ago and stores the new input. With a period, it only
    stores inputs at ticks `t` with `t % period == phase` and holds its content in between. The content belongs to the
    stream, not to the network: it is not part of saved weights, so that weights do not depend on the batch size.

    Args:
        delay: age of the returned value, in executions; also the number of values that are kept.
        period: period in ticks.
        phase: phase in ticks.

    Input shape: `[batch, ...]`, with a fixed batch.
    Output shape: the same.

    ```
    tick          0   1   2   3
    input         a   b   c   d
    delay=1       0   a   b   c
    delay=2       0   0   a   b
    ```

    Source: MPVN, section 3.1; Sideways, section 3.4, overwrites activations in the same way.
    """

    def __init__(self, delay: int = 1, period: int = 1, phase: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if delay < 1 or period < 1 or not 0 <= phase < period:
            raise ValueError(
                f"PipelineRegister(delay={delay}, period={period}, phase={phase}): expected delay and period of "
                f"at least 1, and a phase below the period"
            )
        self.delay = delay
        self.period = period
        self.phase = phase

    def build(self, input_shape: Shape) -> None:
        """Makes the slots, whose batch must be known: shape [batch, ...]."""
        if input_shape[0] is None:
            raise ValueError(f"register {self.name!r} needs a fixed batch: expected a full shape, got {input_shape}")
        self.slots = [
            self.add_weight(
                shape=input_shape, initializer="zeros", dtype=self.compute_dtype, trainable=False, name=f"slot{i}"
            )
            for i in range(self.delay)
        ]
        self.clock = self.add_weight(shape=(), initializer="zeros", dtype="int64", trainable=False, name="clock")

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Takes the input [batch, ...] of this tick, and returns that of `delay` ticks ago."""
        slots = self.read()
        ticks = tf.equal(self.clock.value % self.period, self.phase)
        for slot, old, new in zip(self.slots, slots, [inputs, *slots[:-1]], strict=True):
            slot.assign(tf.where(ticks, new, old))
        self.clock.assign_add(1)
        return slots[-1]

    def read(self) -> list[tf.Tensor]:
        """The stored values, the latest execution first."""
        # tf.identity copies the value now: the variables are assigned later in the same call.
        return [tf.identity(slot.value) for slot in self.slots]

    def write(self, values: Sequence[tf.Tensor], num_ticks: int = 1) -> None:
        """Replaces the stored values, the latest execution first, and advances the clock."""
        for slot, value in zip(self.slots, values, strict=True):
            slot.assign(value)
        self.clock.assign_add(num_ticks)

    def reset(self, mask: tf.Tensor | np.ndarray | None = None) -> None:
        """Clears the register for the streams in `mask` (bool [batch]), or for all. The clock keeps running."""
        for slot in self.slots:
            kept = tf.zeros_like(slot.value)
            if mask is not None:
                kept = tf.where(tf.reshape(mask, [-1] + [1] * (len(slot.shape) - 1)), kept, slot.value)
            slot.assign(kept)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"delay": self.delay, "period": self.period, "phase": self.phase}

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        pass

    def load_own_variables(self, store: MutableMapping[str, Any]) -> None:
        pass
