"""The state of a stream between two calls, as a structure that tf.functions take and return."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import tensorflow as tf

from mpvn.engines.network import Network
from mpvn.engines.tick import Registers, cleared, feedback_sources
from mpvn.errors import InputError
from mpvn.schedule.schedule import Schedule


@dataclass(frozen=True, eq=False)
class StreamState:
    """The state of a stream between two calls.

    `tf.nest` sees the tensors: the tick, `start_ticks` and the registers. The phase, which determines the executing
    units, belongs to the structure, so that `tf.function` makes one graph for each phase and `tf.scan` stays in the
    phase in which it began.

    Attributes:
        tick: tick of the global clock for the next frame. A Python integer; within a graph, a tensor.
        start_ticks: int64 [batch], the tick at which each stream began or was last reset.
        registers: {source name: values in its register, [batch, ...] each, the latest execution first}.
        hyper_period: hyper-period of the schedule, in ticks.
        phase: the tick modulo the hyper-period, always a Python integer.
    """

    tick: int | tf.Tensor
    start_ticks: tf.Tensor
    registers: Registers
    hyper_period: int
    phase: int = 0

    def __post_init__(self) -> None:
        known = tf.get_static_value(self.tick) if tf.is_tensor(self.tick) else self.tick
        if np.ndim(known) == 0 and isinstance(known, (int, np.integer)):
            object.__setattr__(self, "tick", int(known))
            object.__setattr__(self, "phase", int(known) % self.hyper_period)

    @property
    def batch_size(self) -> int | None:
        """Number of streams; None if unknown within a graph."""
        return self.start_ticks.shape[0]

    def after(self, num_ticks: int, registers: Registers) -> Self:
        """The state `num_ticks` later."""
        phase = (self.phase + num_ticks) % self.hyper_period
        return type(self)(self.tick + num_ticks, self.start_ticks, registers, self.hyper_period, phase)

    # How tf.nest flattens a dataclass: static parts, and the rest.
    def __tf_flatten__(self) -> tuple[tuple[int, int], tuple[Any, ...]]:
        # As a Python integer, the tick would make tf.function trace again at every tick.
        tick = tf.constant(self.tick, tf.int64) if isinstance(self.tick, int) else self.tick
        return (self.hyper_period, self.phase), (tick, self.start_ticks, self.registers)

    @classmethod
    def __tf_unflatten__(cls, metadata: tuple[int, int], components: tuple[Any, ...]) -> Self:
        tick, start_ticks, registers = components
        return cls(tick, start_ticks, registers, *metadata)


def initial_state(network: Network, batch_size: int = 1, tick: int = 0) -> StreamState:
    """The state of streams that begin at `tick`, with cleared registers."""
    if not isinstance(batch_size, int) or batch_size < 1:
        raise InputError(f"batch_size={batch_size!r}: expected a whole number of streams, at least 1")
    registers = cleared(network.pipeline, batch_size, batch_size)
    start_ticks = tf.fill([batch_size], tf.constant(tick, tf.int64))
    return StreamState(tick, start_ticks, registers, network.schedule.hyper_period)


def valid(network: Network, state: StreamState, num_ticks: int = 1) -> np.ndarray | tf.Tensor:
    """Whether the outputs of the next ticks are valid: bool [batch, num_ticks]; a tensor within a graph."""
    return valid_at(network.schedule, network.schedule.output, state.tick, _plain(state.start_ticks), num_ticks)


def valid_at(
    schedule: Schedule, name: str, tick: int | tf.Tensor, start_ticks: np.ndarray | tf.Tensor, num_ticks: int
) -> np.ndarray | tf.Tensor:
    """Whether the output that `name` holds at `tick`, and at the ticks after it, is valid: bool [batch, num_ticks]."""
    # Validity repeats with the hyper-period; a stream must not fill the schedule's cache while it runs.
    warm_up = np.array([schedule.unit_valid_from(name, phase) - phase for phase in range(schedule.hyper_period)])
    phases = start_ticks % schedule.hyper_period
    first = start_ticks + (tf.gather(warm_up, phases) if tf.is_tensor(phases) else warm_up[phases])
    return tick + np.arange(num_ticks) >= first[:, np.newaxis]


def gates(
    schedule: Schedule, tick: int | tf.Tensor, start_ticks: np.ndarray | tf.Tensor, num_ticks: int
) -> Mapping[str, tf.Tensor]:
    """For the next ticks, whether the previous output of each feedback source is valid: bool [ticks, batch]."""
    return {
        source: tf.transpose(tf.convert_to_tensor(valid_at(schedule, source, tick - 1, _plain(start_ticks), num_ticks)))
        for source in feedback_sources(schedule)
    }


def _plain(start_ticks: np.ndarray | tf.Tensor) -> np.ndarray | tf.Tensor:
    """As an array if the values are known, because arithmetic on a few numbers is faster there."""
    return start_ticks.numpy() if isinstance(start_ticks, tf.Tensor) and hasattr(start_ticks, "numpy") else start_ticks
