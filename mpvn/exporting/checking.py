"""Is a bundle what it was made from? Both run over the same frames, in single ones and in chunks."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mpvn.bundles.runtime import Runtime
from mpvn.engines.stream import Stream
from mpvn.model.network import VideoNetwork
from mpvn.schedule.schedule import Schedule

# {frames of a call: outputs [time, batch, ...] and their validity [time, batch]}
Outputs = Mapping[int, tuple[np.ndarray, np.ndarray]]


def frames_needed(schedule: Schedule, lengths: set[int]) -> int:
    """How many frames a check takes: outputs of a whole hyper-period before the reset, and of two after it.

    Args:
        schedule: of the network.
        lengths: frames of a call.
    """
    needed = 0
    for length in lengths:
        valid = schedule.unit_valid_from(schedule.output, _reset(schedule.valid_from, schedule.hyper_period, length))
        needed = max(needed, _up(valid + 2 * max(length, schedule.hyper_period), length))
    return needed


def of_package(network: VideoNetwork, frames: np.ndarray, lengths: set[int]) -> Outputs:
    """What the package makes of frames [time, batch, *frame]."""
    schedule = network.schedule
    outputs = {}
    for length in lengths:
        stream = Stream(network, frames.shape[1], executions="live")
        outputs[length] = _outputs(stream, frames, length, _reset(schedule.valid_from, schedule.hyper_period, length))
    return outputs


def largest_error(folder: Path, engine: str, frames: np.ndarray, expected: Outputs) -> float:
    """The largest error of a bundle's valid outputs, in units of the spread of those of the package.

    The spread is the standard deviation over all valid outputs. Outputs that are valid at other ticks, or not finite,
    are infinitely wrong.
    """
    worst = 0.0
    for length, (outputs, valid) in expected.items():
        runtime = Runtime(folder, engine)
        manifest = runtime.manifest
        reset = _reset(manifest.first_valid[0], manifest.hyper_period, length)
        found, found_valid = _outputs(runtime, frames, length, reset)
        if not np.array_equal(found_valid, valid):
            return float("inf")
        worst = max(worst, _relative(found[valid], outputs[valid]))
    return worst


def _reset(valid_from: int, hyper_period: int, length: int) -> int:
    """Before which frame the stream is reset: that of a call, after a hyper-period of valid outputs.

    Single frames are reset in the middle of a hyper-period.
    """
    after = _up(valid_from, hyper_period) + hyper_period
    return after + (hyper_period + 1) // 2 if length == 1 else _up(after, length)


def _up(number: int, of: int) -> int:
    """The least multiple of `of` that is no less than `number`."""
    return -(-number // of) * of


def _outputs(stream: Stream | Runtime, frames: np.ndarray, length: int, reset: int) -> tuple[np.ndarray, np.ndarray]:
    """Outputs and validity in calls of `length` frames, with a reset before the frame `reset`."""
    outputs, valid = [], []
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
    spread = float(outputs.std()) or float(np.abs(outputs).max()) or 1.0
    difference = np.abs(found - outputs)
    return float(difference.max()) / spread if np.isfinite(difference).all() else float("inf")
