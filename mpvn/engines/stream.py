"""Streaming: one frame, or a chunk of frames, per call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from mpvn.engines.compiled import Functions
from mpvn.engines.inputs import check_frames
from mpvn.engines.network import Network
from mpvn.engines.registers import PipelineRegister
from mpvn.engines.tick import Conditions, Registers, cleared, feedback_sources
from mpvn.engines.ticked import run_ticks
from mpvn.errors import InputError
from mpvn.names import distinct
from mpvn.schedule.schedule import Schedule


@dataclass(frozen=True)
class StreamState:
    """All that a stream keeps between two calls.

    Attributes:
        tick: of the global clock; the next frame is that of this tick.
        start_ticks: int [batch], the tick at which each stream began or was last reset.
        registers: {source name: what its register keeps, [batch, ...] each, the latest execution first}.
    """

    tick: int
    start_ticks: np.ndarray
    registers: Registers

    @property
    def batch_size(self) -> int:
        return len(self.start_ticks)


def initial_state(network: Network, batch_size: int = 1, tick: int = 0) -> StreamState:
    """The state of streams that begin at `tick`, registers cleared."""
    if not isinstance(batch_size, int) or batch_size < 1:
        raise InputError(f"batch_size={batch_size!r}: expected a whole number of streams from 1 on")
    registers = cleared(network.pipeline, batch_size, batch_size)
    return StreamState(tick, np.full(batch_size, tick, np.int64), registers)


def step(network: Network, frame: tf.Tensor | np.ndarray, state: StreamState) -> tuple[tf.Tensor, StreamState]:
    """One tick, without side effects.

    Args:
        network: a VideoNetwork.
        frame: [batch, *frame].
        state: from `initial_state` or the previous step.

    Returns:
        The output [batch, ...] and the next state. `valid(network, state)` of the state before the step says which
        outputs are valid.
    """
    frame = check_frames(frame, "frame", ("batch",), network.frame_shape)
    outputs, state = step_chunk(network, tf.expand_dims(frame, 1), state)
    return outputs[:, 0], state


def step_chunk(network: Network, frames: tf.Tensor | np.ndarray, state: StreamState) -> tuple[tf.Tensor, StreamState]:
    """Several ticks in one call, without side effects: frames and outputs are [batch, ticks, ...]."""
    frames = _checked_chunk(network, frames, state.batch_size)
    phase, num_ticks = state.tick % network.schedule.hyper_period, frames.shape[1]
    function = network.functions.get(("step", phase, num_ticks), lambda: _chunk_function(network, phase))
    outputs, registers, _ = function(frames, state.registers, _gates(network, state, num_ticks))
    return outputs, StreamState(state.tick + num_ticks, state.start_ticks, registers)


def valid(network: Network, state: StreamState, num_ticks: int = 1) -> np.ndarray:
    """Whether the outputs of the next ticks are valid: bool [batch, num_ticks]."""
    return _valid(network.schedule, network.schedule.output, state, num_ticks)


class Stream:
    """A network over streams of frames, with its registers kept in Keras layers.

    Each tick of the hyper-period has a function of its own, so nothing is decided at run time and nothing is traced
    after the first hyper-period.

    Args:
        network: a VideoNetwork.
        batch_size: number of independent streams, fed together.
        executions: `"scheduled"` runs every execution of the schedule, as the paper does; `"live"` leaves out those
            that no output depends on, which gives the same outputs with less work.

    Attributes:
        valid: bool [batch], whether each stream's latest output is valid; after `step_chunk`, bool [batch, ticks].
        tick: of the global clock.
        num_traces: how often a function has been traced.

    ```
    stream = mpvn.Stream(network, batch_size=1)
    for frame in frames:            # frame [1, h, w, c]
        output = stream.step(frame)
        if stream.valid[0]:
            ...
    ```
    """

    def __init__(self, network: Network, batch_size: int = 1, executions: str = "scheduled") -> None:
        if executions not in ("scheduled", "live"):
            raise InputError(f"executions={executions!r} is unknown: expected 'scheduled' or 'live'")
        state = initial_state(network, batch_size)
        self.network = network
        self.batch_size = batch_size
        self.registers = {}
        names = distinct(state.registers, lambda c: c != "/")  # which Keras keeps to itself
        for source, values in state.registers.items():
            unit = network.schedule[source]
            register = PipelineRegister(
                len(values),
                unit.period,
                unit.phase,
                dtype=values[0].dtype.name,
                name=f"{names[source]}_register",
            )
            with tf.device(network.pipeline.device_of(source)):
                register.build(values[0].shape)
            self.registers[source] = register
        self.tick = state.tick
        self.valid = np.zeros(batch_size, bool)
        self._start_ticks = state.start_ticks
        self._live = executions == "live"
        self._functions = Functions(unit.layer for unit in network.wiring.units)

    def __repr__(self) -> str:
        streams = f"{self.batch_size} stream{'s' if self.batch_size > 1 else ''}"
        executions = "live" if self._live else "scheduled"
        return f"<Stream of network {self.network.name!r}: {streams}, tick {self.tick}, {executions} executions>"

    @property
    def num_traces(self) -> int:
        return self._functions.num_traces

    def step(self, frame: tf.Tensor | np.ndarray) -> tf.Tensor:
        """Takes one frame of every stream.

        Args:
            frame: [batch, *frame], floating point; images in [0, 1].

        Returns:
            The output [batch, ...]; where `valid` is false, it is unspecified but finite.

        Raises:
            InputError: wrong shape or type.
        """
        frame = check_frames(frame, "frame", ("batch",), self.network.frame_shape)
        output = self.step_chunk(tf.expand_dims(frame, 1))[:, 0]
        self.valid = self.valid[:, 0]
        return output

    def step_chunk(self, frames: tf.Tensor | np.ndarray) -> tf.Tensor:
        """Takes several frames of every stream in one call: frames and outputs are [batch, ticks, ...]."""
        frames = _checked_chunk(self.network, frames, self.batch_size)
        phase, num_ticks = self.tick % self.network.schedule.hyper_period, frames.shape[1]
        function = self._functions.get((phase, num_ticks), lambda: self._make(phase, num_ticks))
        state = StreamState(self.tick, self._start_ticks, {})
        outputs, _ = function(frames, _gates(self.network, state, num_ticks))
        self.valid = valid(self.network, state, num_ticks)
        self.tick += num_ticks
        return outputs

    def reset(self, mask: np.ndarray | Sequence[bool] | None = None) -> None:
        """Begins anew with the next frame.

        Args:
            mask: bool [batch], which streams; None for all. The clock is global and runs on.
        """
        mask = np.ones(self.batch_size, bool) if mask is None else np.asarray(mask, bool)
        if mask.shape != (self.batch_size,):
            raise InputError(f"the mask has shape {list(mask.shape)}: expected [{self.batch_size}], one per stream")
        for register in self.registers.values():
            register.reset(mask)
        self._start_ticks = np.where(mask, self.tick, self._start_ticks)
        self.valid = np.zeros(self.batch_size, bool)

    def get_state(self) -> StreamState:
        """A copy of all that the stream keeps."""
        registers = {source: tuple(register.read()) for source, register in self.registers.items()}
        return StreamState(self.tick, self._start_ticks.copy(), registers)

    def set_state(self, state: StreamState) -> None:
        """Goes on from a state that `get_state` or `step` returned.

        Raises:
            InputError: the state belongs to another network, schedule or number of streams.
        """
        expected = {source: [slot.shape for slot in register.slots] for source, register in self.registers.items()}
        shapes = {source: [tuple(value.shape) for value in values] for source, values in state.registers.items()}
        if shapes != expected or state.batch_size != self.batch_size:
            raise InputError(
                "the state does not fit this stream: expected one of the same network, schedule and number of streams"
            )
        for source, register in self.registers.items():
            register.write(state.registers[source], num_ticks=0)
            register.clock.assign(state.tick)
        self.tick, self._start_ticks = state.tick, state.start_ticks.copy()
        self.valid = np.zeros(self.batch_size, bool)

    def _make(self, phase: int, num_ticks: int) -> Callable:
        run = _chunk_function(self.network, phase, self._live)

        def function(frames: tf.Tensor, gates: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
            registers = {source: tuple(register.read()) for source, register in self.registers.items()}
            outputs, registers, observed = run(frames, registers, gates)
            for source, register in self.registers.items():
                register.write(registers[source], num_ticks)
            return outputs, observed

        return function


def _chunk_function(network: Network, phase: int, live: bool = False) -> Callable:
    pipeline = network.pipeline

    def function(frames: tf.Tensor, registers: Registers, gates: dict[str, tf.Tensor]):
        frames = pipeline.frames_of(frames)
        conditions = Conditions(gates, live=live)
        (outputs,), registers, observed, _ = run_ticks(pipeline, registers, frames, phase, conditions)
        return pipeline.outputs_of(outputs), registers, observed

    return function


def _checked_chunk(network: Network, frames: tf.Tensor | np.ndarray, batch_size: int) -> tf.Tensor:
    frames = check_frames(frames, "chunk of frames", ("batch", "ticks"), network.frame_shape)
    if frames.shape[0] != batch_size:
        raise InputError(
            f"{frames.shape[0]} frames were given at once, but there are {batch_size} streams: give one each"
        )
    if not frames.shape[1]:
        raise InputError("a chunk of 0 frames was given: expected at least one")
    return tf.cast(frames, network.compute_dtype)


def _valid(schedule: Schedule, name: str, state: StreamState, num_ticks: int, offset: int = 0) -> np.ndarray:
    """bool [batch, num_ticks]: is what `name` holds at tick `state.tick + offset`, and so on, valid?"""
    first = np.array([valid_from(schedule, name, start) for start in state.start_ticks])
    return state.tick + offset + np.arange(num_ticks) >= first[:, np.newaxis]


def valid_from(schedule: Schedule, name: str, start_tick: int) -> int:
    # Validity repeats with the hyper-period; a stream must not fill the schedule's cache as it runs.
    phase = int(start_tick) % schedule.hyper_period
    return int(start_tick) - phase + schedule.unit_valid_from(name, phase)


def _gates(network: Network, state: StreamState, num_ticks: int) -> dict:
    return {
        source: tf.constant(_valid(network.schedule, source, state, num_ticks, offset=-1).T)
        for source in feedback_sources(network.schedule)
    }
