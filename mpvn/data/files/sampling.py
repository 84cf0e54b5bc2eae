"""Chooses the frames of a clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from mpvn.data.files.clip_reading import read_clip
from mpvn.data.files.frame_times import frame_times
from mpvn.data.files.picture import AS_SHOWN, Look
from mpvn.data.files.stretch import WHOLE, Stretch, StretchFrames
from mpvn.data.files.video_error import VideoError
from mpvn.errors import InputError

SAMPLINGS = ("random", "centre", "start")
SHORT = {
    "error": None,
    "loop": "loop",
    "last": "last",
    "mask": "last",
}  # what to do with a short video -> pad of read_clip


@dataclass(frozen=True)
class ClipSampling:
    """Chooses which frames of a video form a clip.

    Attributes:
        num_frames: T, number of frames of a clip.
        stride: distance between two frames of a clip, at the rate `fps` if it is given.
        fps: frame rate to which every video is converted; None keeps its own rate.
        sampling: position of a clip in its video: "random", "centre" or "start".
        clips: number of clips of a video, for "centre" sampling: they begin in the middles of this many equal parts of
            the stretch in which clips can begin, so that a single clip is the middle one. Our choice.
        short: how to treat a video shorter than a clip: "error"; "loop" repeats the video, "last" its last frame;
            "mask" repeats its last frame, and added frames have no weight.

    Raises:
        InputError: `sampling`, `short` or `clips` is invalid.
    """

    num_frames: int
    stride: int = 1
    fps: Fraction | float | None = None
    sampling: str = "random"
    short: str = "error"
    clips: int = 1

    def __post_init__(self) -> None:
        if self.sampling not in SAMPLINGS or self.short not in SHORT:
            raise InputError(
                f"expected sampling in {SAMPLINGS}, short in {tuple(SHORT)}: got {self.sampling!r}, {self.short!r}"
            )
        if self.clips < 1 or (self.clips > 1 and self.sampling != "centre"):
            raise InputError(f"clips={self.clips}: expected 1, or more if sampling is 'centre'")

    def starts(self, length: int, clip_seed: np.ndarray) -> list[int]:
        """The first frame of every clip of a video.

        Args:
            length: number of frames of the video, at the rate of the clips.
            clip_seed: int [2], seed of a random clip's position.
        """
        room = max(length - (self.num_frames - 1) * self.stride - 1, 0)
        if self.sampling == "random":
            return [int(np.random.default_rng(clip_seed).integers(room + 1))]
        if self.sampling == "start":
            return [0]
        return middles(room, self.clips)

    def weights(self, starts: Sequence[int], length: int) -> np.ndarray:
        """The weights of frames, float32 [clips, T]: with masked ends, 0 after the end of a video of this length."""
        if self.short != "mask":
            return np.ones([len(starts), self.num_frames], np.float32)
        frames = np.asarray(starts)[:, np.newaxis] + self.stride * np.arange(self.num_frames)
        return (frames < length).astype(np.float32)


def middles(room: int, count: int) -> list[int]:
    """The middles of `count` equal parts of [0, room], rounded down."""
    return [room * (2 * part + 1) // (2 * count) for part in range(count)]


class ClipReader:
    """Reads clips of files.

    Args:
        sampling: of the clips.
        look: the form of their frames.
    """

    def __init__(self, sampling: ClipSampling, look: Look = AS_SHOWN) -> None:
        self.sampling, self.look = sampling, look

    def read(self, path: str, clip_seed: np.ndarray, stretch: Stretch = WHOLE) -> tuple[np.ndarray, np.ndarray]:
        """The clips of a video, and weights of their frames.

        Returns:
            uint8 [clips, T, height, width, 3]; float32 [clips, T], 0 for masked frames, otherwise 1.

        Args:
            path: of the video.
            clip_seed: int [2], seed of a random clip's position.
            stretch: stretch of time of the clip.

        Raises:
            VideoError: the video is missing, damaged or too short, or its clips are of several sizes.
        """
        wanted = self.sampling
        pad = SHORT[wanted.short]
        length = 0
        if wanted.sampling != "start" or wanted.short == "mask":  # not needed otherwise
            length = len(StretchFrames(frame_times(path), stretch, wanted.fps))
        starts = wanted.starts(length, clip_seed)
        clips = [
            read_clip(path, wanted.num_frames, wanted.stride, start, wanted.fps, pad, stretch, self.look)
            for start in starts
        ]
        if len({clip.shape for clip in clips}) > 1:
            raise VideoError(f"{path} changes the shape of its frames: expected a constant shape")
        return np.stack(clips) if len(clips) > 1 else clips[0][np.newaxis], wanted.weights(starts, length)
