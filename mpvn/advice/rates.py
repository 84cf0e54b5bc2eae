"""Measures the speed of a stream in this process."""

import math
import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from mpvn.advice.row import Rates
from mpvn.engines.stream import Stream
from mpvn.model.network import VideoNetwork

CHUNK = 16  # frames per call of `step_chunk`, or a multiple of the hyper-period near it


def measured(network: VideoNetwork, seconds: float = 1.0) -> Rates:
    """Frames per second of a stream with `executions="live"`; every output is fetched.

    Args:
        network: a VideoNetwork in its schedule.
        seconds: duration of each of the two measurements; at least three turns are made, and the median counts.
    """
    stream = Stream(network, executions="live")
    return Rates(_step_rate(stream, seconds), _chunk_rate(stream, seconds))


def step_rate(network: VideoNetwork, seconds: float = 1.0) -> float:
    """The first of the rates that `measured` returns: one frame per call."""
    return _step_rate(Stream(network, executions="live"), seconds)


def _step_rate(stream: Stream, seconds: float) -> float:
    turn = _whole_turns(stream, 8)
    frames = _frames(stream, turn)
    singles = [frames[:, tick] for tick in range(turn)]

    def steps() -> None:
        for frame in singles:
            stream.step(frame).numpy()

    return _rate(steps, turn, seconds)


def _chunk_rate(stream: Stream, seconds: float) -> float:
    chunk = _whole_turns(stream, CHUNK)
    frames = _frames(stream, chunk)
    return _rate(lambda: stream.step_chunk(frames).numpy(), chunk, seconds)


def _whole_turns(stream: Stream, least: int) -> int:
    """The smallest number of whole hyper-periods with at least this many frames, in frames."""
    period = stream.network.schedule.hyper_period
    return period * math.ceil(least / period)


def _frames(stream: Stream, number: int) -> tf.Tensor:
    white = stream.network.preprocessing.white or 1.0
    return white * tf.random.stateless_uniform([1, number, *stream.network.frame_shape], [1, 2])


def _rate(run: Callable[[], object], num_frames: int, seconds: float) -> float:
    run()  # functions are traced at their first call
    taken: list[float] = []
    while len(taken) < 3 or sum(taken) < seconds:
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    return num_frames / float(np.median(taken))
