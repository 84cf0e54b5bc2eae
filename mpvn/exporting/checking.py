"""Is a bundle what it was made from? Both run over the same frames, in single ones and in chunks."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mpvn.bundles.runtime import Runtime
from mpvn.engines.stream import Stream
from mpvn.model.network import VideoNetwork

# {frames of a call: outputs [time, batch, ...] and their validity [time, batch]}
Outputs = Mapping[int, tuple[np.ndarray, np.ndarray]]


def of_package(network: VideoNetwork, frames: np.ndarray, lengths: set[int]) -> Outputs:
    """What the package makes of frames [time, batch, *frame]."""
    return {
        length: _outputs(
            Stream(network, frames.shape[1], executions="live"), frames, length, network.schedule.hyper_period
        )
        for length in lengths
    }


def largest_error(folder: Path, engine: str, frames: np.ndarray, expected: Outputs) -> float:
    """The largest error of a bundle's valid outputs, in units of the spread of those of the package.

    The spread is the standard deviation over all valid outputs. Outputs that are valid at other ticks, or not finite,
    are infinitely wrong.
    """
    worst = 0.0
    for length, (outputs, valid) in expected.items():
        runtime = Runtime(folder, engine)
        found, found_valid = _outputs(runtime, frames, length, runtime.manifest.hyper_period)
        if not np.array_equal(found_valid, valid):
            return float("inf")
        worst = max(worst, _relative(found[valid], outputs[valid]))
    return worst


def _outputs(stream: Stream | Runtime, frames: np.ndarray, length: int, hyper_period: int) -> tuple:
    """Outputs and validity in calls of `length` frames, with a reset between two of them.

    Single frames are reset in the middle of the second hyper-period, or after it where it is one tick.
    """
    outputs, valid = [], []
    reset = length if length > 1 else hyper_period + (hyper_period + 1) // 2
    for begin in range(0, len(frames) - length + 1, length):
        if begin == reset:
            stream.reset()
        part = frames[begin : begin + length]
        if length == 1:
            outputs.append(np.asarray(stream.step(part[0]))[np.newaxis])
            valid.append(stream.valid[np.newaxis])
        else:
            outputs.append(np.moveaxis(np.asarray(stream.step_chunk(np.moveaxis(part, 0, 1))), 1, 0))
            valid.append(stream.valid.T)
    return np.concatenate(outputs), np.concatenate(valid)


def _relative(found: np.ndarray, outputs: np.ndarray) -> float:
    if not outputs.size:
        return 0.0
    spread = float(outputs.std()) or float(np.abs(outputs).max()) or 1.0
    difference = np.abs(found - outputs)
    return float(difference.max()) / spread if np.isfinite(difference).all() else float("inf")
