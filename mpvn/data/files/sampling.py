"""Which frames of a video file are a clip."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mpvn.data.files.clip_reading import read_clip
from mpvn.data.files.frame_times import frame_times
from mpvn.data.files.picture import AS_SHOWN, Look
from mpvn.data.files.stretch import WHOLE, Stretch, StretchFrames
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
    """Reads clips of files.

    Args:
        sampling: of the clips.
        look: how their frames are looked at.
    """

    def __init__(self, sampling: ClipSampling, look: Look = AS_SHOWN) -> None:
        self.sampling, self.look = sampling, look

    def read(self, path: str, clip_seed: np.ndarray, stretch: Stretch = WHOLE) -> np.ndarray:
        """A clip: uint8 [T, height, width, 3].

        Args:
            path: of the video.
            clip_seed: int [2], which a random clip's place is drawn from.
            stretch: of time that the clip is taken from.

        Raises:
            VideoError: the video is missing, damaged or too short.
        """
        wanted = self.sampling
        start = self._start(path, clip_seed, stretch)
        pad = SHORT[wanted.short]
        return read_clip(path, wanted.num_frames, wanted.stride, start, wanted.fps, pad, stretch, self.look)

    def _start(self, path: str, clip_seed: np.ndarray, stretch: Stretch) -> int:
        if self.sampling.sampling == "start":
            return 0
        length = len(StretchFrames(frame_times(path), stretch, self.sampling.fps))
        room = max(length - (self.sampling.num_frames - 1) * self.sampling.stride - 1, 0)
        if self.sampling.sampling == "centre":
            return room // 2
        return int(np.random.default_rng(clip_seed).integers(room + 1))
