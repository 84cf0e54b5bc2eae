"""Streaming without side effects: the state is an argument and a result, so functions may hold it.

Outside of tf.functions, the steps are compiled here; within one, they become part of its graph.
"""

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from mpvn.engines.inputs import check_frames
from mpvn.engines.network import Network
from mpvn.engines.stream_state import StreamState, gates
from mpvn.engines.tick import Conditions, Registers
from mpvn.engines.ticked import run_ticks
from mpvn.errors import InputError


def step(network: Network, frame: tf.Tensor | np.ndarray, state: StreamState) -> tuple[tf.Tensor, StreamState]:
    """Runs one tick without side effects.

    Args:
        network: a VideoNetwork.
        frame: [batch, *frame].
        state: state from `initial_state` or the previous step.

    Returns:
        The output [batch, ...] and the next state. `valid(network, state)` of the state before the step says which
        outputs are valid.
    """
    frame = check_frames(frame, "frame", ("batch",), network)
    outputs, state = step_chunk(network, tf.expand_dims(frame, 1), state)
    return outputs[:, 0], state


def step_chunk(network: Network, frames: tf.Tensor | np.ndarray, state: StreamState) -> tuple[tf.Tensor, StreamState]:
    """Runs several ticks in one call, without side effects: frames and outputs are [batch, ticks, ...]."""
    frames = checked_chunk(network, frames, state.batch_size)
    num_ticks, schedule = frames.shape[1], network.schedule
    if state.hyper_period != schedule.hyper_period:
        raise InputError(
            f"the state is of a schedule with hyper-period {state.hyper_period}, but this network's is "
            f"{schedule.hyper_period}: begin with network.initial_state"
        )
    gated = gates(schedule, state.tick, state.start_ticks, num_ticks)
    run = chunk_function(network, state.phase)
    function = network.functions.get(("step", state.phase, num_ticks), lambda: run) if tf.executing_eagerly() else run
    outputs, registers, _ = function(frames, state.registers, gated)
    return _in_phase(outputs, state), state.after(num_ticks, registers)


def chunk_function(network: Network, phase: int, live: bool = False) -> Callable:
    """A function of (frames [batch, ticks, ...], registers, gates) for ticks that begin in a phase.

    It returns the outputs [batch, ticks, ...], the registers after the last tick, and a scalar that depends on every
    execution.
    """
    pipeline = network.pipeline

    def function(frames: tf.Tensor, registers: Registers, gates: Mapping[str, tf.Tensor]) -> tuple:
        frames = pipeline.frames_of(frames)
        conditions = Conditions(gates, live=live)
        (outputs,), registers, observed, _ = run_ticks(pipeline, registers, frames, phase, conditions)
        return pipeline.outputs_of(outputs), registers, observed

    return function


def checked_chunk(network: Network, frames: tf.Tensor | np.ndarray, batch_size: int | None) -> tf.Tensor:
    """Frames of several ticks [batch, ticks, ...] in the compute type; raises InputError if they do not fit."""
    frames = check_frames(frames, "chunk of frames", ("batch", "ticks"), network)
    batch, num_ticks = frames.shape[:2]
    if None not in (batch, batch_size) and batch != batch_size:
        raise InputError(f"{batch} frames were given, but there are {batch_size} streams: give one each")
    if num_ticks is None:
        raise InputError("the number of ticks in the chunk of frames is unknown: expected a fixed number, at least one")
    if num_ticks == 0:
        raise InputError("a chunk of 0 frames was given: expected at least one")
    return tf.cast(frames, network.compute_dtype)


def _in_phase(outputs: tf.Tensor, state: StreamState) -> tf.Tensor:
    """The outputs, if the clock is in the phase that the graph was made for.

    It is in another phase in a loop within a graph whose iterations are not whole hyper-periods: TensorFlow only makes
    the graph of one iteration. XLA drops assertions, so there the outputs become obviously wrong values.
    """
    if not tf.is_tensor(state.tick) or state.hyper_period == 1:
        return outputs
    right = tf.equal(state.tick % state.hyper_period, state.phase)
    what = (
        f"an iteration of a loop in tf.function or tf.scan must not change the clock's phase: give network.step_chunk "
        f"a multiple of {state.hyper_period} frames, [batch, {state.hyper_period}, ...]. The tick is"
    )
    with tf.control_dependencies([tf.debugging.Assert(right, [what, state.tick])]):
        return tf.where(right, outputs, tf.constant(np.nan, outputs.dtype))
