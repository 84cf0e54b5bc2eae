"""How fast a stream is, in this process."""

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
    """Frames per second of a stream that leaves out what no output depends on; every output is fetched.

    Args:
        network: in its schedule.
        seconds: for each of the two rates; at least three turns are made, and the median counts.
    """
    stream = Stream(network, executions="live")
    period = network.schedule.hyper_period
    turn = period * math.ceil(8 / period)
    chunk = period * math.ceil(CHUNK / period)
    white = network.preprocessing.white or 1.0
    frames = white * tf.random.stateless_uniform([1, max(turn, chunk), *network.frame_shape], [1, 2])
    singles = [frames[:, tick] for tick in range(turn)]

    def steps() -> None:
        for frame in singles:
            stream.step(frame).numpy()

    several = frames[:, :chunk]
    return Rates(_rate(steps, turn, seconds), _rate(lambda: stream.step_chunk(several).numpy(), chunk, seconds))


def _rate(run: Callable[[], object], num_frames: int, seconds: float) -> float:
    run()  # functions are made at their first call
    taken: list[float] = []
    while len(taken) < 3 or sum(taken) < seconds:
        begin = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begin)
    return num_frames / float(np.median(taken))
