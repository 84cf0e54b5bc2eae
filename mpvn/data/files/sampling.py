"""Which frames of a video file are a clip."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mpvn.data.files.reader import VideoReader, count_frames, read_clip
from mpvn.data.files.resampling import resampled_length
from mpvn.errors import InputError

SAMPLINGS = ("random", "centre", "start")
SHORT = {"error": None, "loop": "loop", "last": "last"}  # what to do with a short video -> pad of read_clip


@dataclass(frozen=True)
class ClipSampling:
    """Which frames of a video are a clip.

    Attributes:
        num_frames: T, frames of a clip.
        stride: distance between two frames of a clip, at the rate `fps` where that is given.
        fps: frames per second to bring every video to; None keeps each one's own.
        sampling: where in its video a clip lies: "random", "centre" or "start".
        short: what a video shorter than a clip is: an "error", or filled by a "loop" or by its "last" frame.

    Raises:
        InputError: `sampling` or `short` is not as above.
    """

    num_frames: int
    stride: int = 1
    fps: Fraction | float | None = None
    sampling: str = "random"
    short: str = "error"

    def __post_init__(self) -> None:
        if self.sampling not in SAMPLINGS or self.short not in SHORT:
            raise InputError(
                f"expected sampling in {SAMPLINGS}, short in {tuple(SHORT)}: got {self.sampling!r}, {self.short!r}"
            )


class ClipReader:
    """Reads clips of files, and remembers how long each file is.

    Args:
        sampling: of the clips.
    """

    def __init__(self, sampling: ClipSampling) -> None:
        self.sampling = sampling
        self._lengths: dict[str, int] = {}

    def read(self, path: str, clip_seed: np.ndarray) -> np.ndarray:
        """A clip: uint8 [T, height, width, 3].

        Args:
            path: of the video.
            clip_seed: int [2], which a random clip's place is drawn from.

        Raises:
            VideoError: the video is missing, damaged or too short.
        """
        wanted = self.sampling
        start = self._start(path, clip_seed)
        return read_clip(path, wanted.num_frames, wanted.stride, start, wanted.fps, pad=SHORT[wanted.short])

    def _start(self, path: str, clip_seed: np.ndarray) -> int:
        if self.sampling.sampling == "start":
            return 0
        if path not in self._lengths:  # counting decodes the whole file, so it is done once
            self._lengths[path] = _length(path, self.sampling.fps)
        room = max(self._lengths[path] - (self.sampling.num_frames - 1) * self.sampling.stride - 1, 0)
        if self.sampling.sampling == "centre":
            return room // 2
        return int(np.random.default_rng(clip_seed).integers(room + 1))


def _length(path: str, fps: Fraction | float | None) -> int:
    """Number of frames of a file at the rate `fps`."""
    frames = count_frames(path)
    if fps is None:
        return frames
    with VideoReader(path) as reader:
        return resampled_length(frames, reader.rate, fps)
