"""Streaming with one frame, or a chunk of frames, per call."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from mpvn.engines.compiled import Functions
from mpvn.engines.inputs import check_frames
from mpvn.engines.network import Network
from mpvn.engines.pure_stream import checked_chunk, chunk_function
from mpvn.engines.registers import PipelineRegister
from mpvn.engines.stream_state import StreamState, gates, initial_state, valid_at
from mpvn.engines.unconverted import unconverted
from mpvn.errors import InputError
from mpvn.names import distinct


class Stream:
    """Runs a network over streams of frames, with its registers in Keras layers.

    Each tick of the hyper-period has its own compiled function, so nothing is decided at run time and nothing is
    traced after the first hyper-period.

    Args:
        network: a VideoNetwork.
        batch_size: number of independent streams, processed together.
        executions: `"scheduled"` runs every execution of the schedule, as the paper does; `"live"` skips those that no
            output depends on, which gives the same outputs with less work.

    Attributes:
        valid: bool [batch], whether each stream's latest output is valid; after `step_chunk`, bool [batch, ticks].
        tick: tick of the global clock.
        num_traces: number of functions traced so far.

    ```
    stream = mpvn.Stream(network, batch_size=1)
    for frame in frames:            # frame [1, h, w, c]
        output = stream.step(frame)
        if stream.valid[0]:
            ...
    ```

    Source: MPVN, section 3.1 (registers); independent streams in a batch are ours.
    """

    @unconverted
    def __init__(self, network: Network, batch_size: int = 1, executions: str = "scheduled") -> None:
        if executions not in ("scheduled", "live"):
            raise InputError(f"executions={executions!r} is unknown: expected 'scheduled' or 'live'")
        _refuse_in_graph("__init__")
        state = initial_state(network, batch_size)
        self.network = network
        self.batch_size = batch_size
        self.registers = {}
        names = distinct(state.registers, lambda c: c != "/")  # which Keras does not allow
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
        self._start_ticks = state.start_ticks.numpy()
        self._live = executions == "live"
        self._functions = Functions(unit.layer for unit in network.wiring.units)

    def __repr__(self) -> str:
        streams = f"{self.batch_size} stream{'s' if self.batch_size > 1 else ''}"
        executions = "live" if self._live else "scheduled"
        return f"<Stream of network {self.network.name!r}: {streams}, tick {self.tick}, {executions} executions>"

    @property
    def num_traces(self) -> int:
        """How many functions TensorFlow has traced so far."""
        return self._functions.num_traces

    @unconverted
    def step(self, frame: tf.Tensor | np.ndarray) -> tf.Tensor:
        """Processes one frame of every stream.

        Args:
            frame: [batch, *frame], floating point in the range of `network.preprocessing`, or uint8 if white is 255.

        Returns:
            The output [batch, ...]; unspecified but finite where `valid` is false.

        Raises:
            InputError: the frame has the wrong shape or type.
        """
        _refuse_in_graph("step")
        frame = check_frames(frame, "frame", ("batch",), self.network)
        output = self.step_chunk(tf.expand_dims(frame, 1))[:, 0]
        self.valid = self.valid[:, 0]
        return output

    @unconverted
    def step_chunk(self, frames: tf.Tensor | np.ndarray) -> tf.Tensor:
        """Processes several frames of every stream in one call: frames and outputs are [batch, ticks, ...]."""
        _refuse_in_graph("step_chunk")
        frames = checked_chunk(self.network, frames, self.batch_size)
        schedule, num_ticks = self.network.schedule, frames.shape[1]
        phase = self.tick % schedule.hyper_period
        function = self._functions.get((phase, num_ticks), lambda: self._make(phase, num_ticks))
        outputs, _ = function(frames, gates(schedule, self.tick, self._start_ticks, num_ticks))
        self.valid = valid_at(schedule, schedule.output, self.tick, self._start_ticks, num_ticks)
        self.tick += num_ticks
        return outputs

    @unconverted
    def warm_up(self, num_ticks: int = 1) -> None:
        """Compiles the functions of the next calls, so that the first frames are not delayed.

        The state of the stream and the network's variables do not change.

        Args:
            num_ticks: number of frames per call: 1 for `step`, more for `step_chunk`.
        """
        state, valid = self.get_state(), self.valid
        variables = [(variable, tf.identity(variable.value)) for variable in self.network.variables]
        blank = tf.zeros([self.batch_size, num_ticks, *self.network.frame_shape], self.network.compute_dtype)
        hyper_period = self.network.schedule.hyper_period
        for _ in range(hyper_period // math.gcd(hyper_period, num_ticks)):
            self.step_chunk(blank)
        for variable, value in variables:
            variable.assign(value)
        self.set_state(state)
        self.valid = valid

    @unconverted
    def reset(self, mask: np.ndarray | Sequence[bool] | None = None) -> None:
        """Resets streams: they begin again with the next frame.

        Args:
            mask: bool [batch], the streams to reset; None for all. The global clock keeps running.
        """
        _refuse_in_graph("reset")
        mask = np.ones(self.batch_size, bool) if mask is None else np.asarray(mask, bool)
        if mask.shape != (self.batch_size,):
            raise InputError(f"the mask has shape {list(mask.shape)}: expected [{self.batch_size}], one per stream")
        for register in self.registers.values():
            register.reset(mask)
        self._start_ticks = np.where(mask, self.tick, self._start_ticks)
        self.valid = np.zeros(self.batch_size, bool)

    @unconverted
    def get_state(self) -> StreamState:
        """Returns a copy of the state."""
        _refuse_in_graph("get_state")
        registers = {source: tuple(register.read()) for source, register in self.registers.items()}
        start_ticks = tf.constant(self._start_ticks)  # a copy
        return StreamState(self.tick, start_ticks, registers, self.network.schedule.hyper_period)

    @unconverted
    def set_state(self, state: StreamState) -> None:
        """Continues from a state that `get_state` or `step` returned.

        Raises:
            InputError: the state belongs to another network, schedule or number of streams.
        """
        _refuse_in_graph("set_state")
        expected = {source: [slot.shape for slot in register.slots] for source, register in self.registers.items()}
        shapes = {source: [tuple(value.shape) for value in values] for source, values in state.registers.items()}
        if shapes != expected or state.batch_size != self.batch_size:
            raise InputError(
                "the state does not fit this stream: expected one of the same network, schedule and number of streams"
            )
        for source, register in self.registers.items():
            register.write(state.registers[source], num_ticks=0)
            register.clock.assign(state.tick)
        self.tick, self._start_ticks = state.tick, np.array(state.start_ticks)
        self.valid = np.zeros(self.batch_size, bool)

    def _make(self, phase: int, num_ticks: int) -> Callable:
        run = chunk_function(self.network, phase, self._live)

        def function(frames: tf.Tensor, gates: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
            registers = {source: tuple(register.read()) for source, register in self.registers.items()}
            outputs, registers, observed = run(frames, registers, gates)
            for source, register in self.registers.items():
                register.write(registers[source], num_ticks)
            return outputs, observed

        return function


# Names of the pure forms of methods; the other methods are about the state.
_PURE = {"step": "step", "step_chunk": "step_chunk"}


def _refuse_in_graph(method: str) -> None:
    """Raises InputError within a graph: the Python state of a stream changes once per trace, not once per call."""
    if not tf.executing_eagerly():
        raise InputError(
            f"Stream.{method} was called within a tf.function, where the stream's clock would not advance: call it "
            f"outside (it is compiled anyway), or use the pure form, network.{_PURE.get(method, 'initial_state')}"
        )
