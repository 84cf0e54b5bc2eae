"""Reading video files and cameras frame by frame, as players show them, through PyAV.

    with VideoReader("clip.mp4") as frames:
        for frame in resample(frames, frames.fps, 25):
            ...  # uint8 [height, width, 3], RGB

Every problem of a file raises a `VideoError` whose message names the file. PyAV is imported when the
first video is opened, so that the rest of the package works without it.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from mpvn.data.files.decoding import decoded
from mpvn.data.files.frame_times import LARGEST_ROUNDING
from mpvn.data.files.opening import OpenVideo, open_video
from mpvn.data.files.shot import Screens, Shot
from mpvn.data.files.video_error import VideoError

__all__ = ["VideoError", "VideoReader", "count_frames"]


class VideoReader:
    """Iterates over the frames of a video file or a camera, once: uint8 [height, width, 3], RGB, as players show them.

    See `mpvn.data.files.picture.Screen` for details. Frames of a different size are scaled to the size of the first
    one.

    For a damaged file, the frames before the damage are returned, then VideoError is raised. Damage that still decodes
    (few formats have checksums) cannot be detected, nor can a missing end in formats without a table of frames (mkv,
    webm).

    Args:
        path_or_camera: a file (mp4, avi, mkv, mov, webm, gif, ...), or `camera:N` for the N-th camera of this machine.
        square_pixels: treats pixels as square, as some data sets of action recognition do; otherwise pictures have the
            shape that players show.
        opened: the video, if it is already open.

    Attributes:
        name: the file or camera, as it was given.
        rate: average frames per second, a Fraction.
        fps: the same as a float.
        size: (height, width) of the upright frames, in pixels.
        num_frames: number of frames read so far.
        time: display time of the last frame that was read, in seconds after the first one; computed from the rate if
            the file has no times.

    Raises:
        VideoError: when opened, if the file is missing, is a folder, is no video or has no video stream, if there is no
            such camera, or if PyAV is not installed; while iterating, if the file is damaged.
    """

    def __init__(
        self, path_or_camera: str | Path, square_pixels: bool = False, opened: OpenVideo | None = None
    ) -> None:
        self._video = open_video(path_or_camera) if opened is None else opened
        self.name = self._video.name
        self.num_frames = 0
        self.time = 0.0
        self._decoded = decoded(self._video)
        self._screens = Screens(self._video, square_pixels)
        self._first = None  # the first decoded frame, until it is returned
        self._size: tuple[int, int] | None = None
        self._first_tick: int | None = None
        self._latest = self._latest_duration = Fraction(0)

    @property
    def rate(self) -> Fraction:
        if self._video.rate is None:
            raise VideoError(f"{self.name} has no frame rate")
        return self._video.rate

    @property
    def known_rate(self) -> Fraction | None:
        """The rate; None if unknown."""
        return self._video.rate

    @property
    def fps(self) -> float:
        return float(self.rate)

    @property
    def size(self) -> tuple[int, int]:
        if self._size is None:
            self._first = next(self._decoded, None)  # the rotation is stored in frames, so one must be decoded
            if self._first is None:
                raise VideoError(f"{self.name} holds no frame")
            self._size = self._screens.of(self._first).size
        return self._size

    def __iter__(self) -> "VideoReader":
        return self

    def __next__(self) -> np.ndarray:
        shot = self.next_shot()
        if shot is None:
            raise StopIteration
        return shot.picture()

    def next_shot(self) -> Shot | None:
        """The next frame, before conversion to a picture; None at the end."""
        frame, self._first = self._first, None
        if frame is None:
            frame = next(self._decoded, None)
        if frame is None:
            return None
        if self._size is None:
            self._size = self._screens.of(frame).size
        unit = self._video.unit
        self._latest = self._time_of(frame.pts)
        self.time = float(self._latest)
        self.num_frames += 1
        rounding = min(unit / 2, LARGEST_ROUNDING)
        self._latest_duration = self._duration_of(frame)
        return Shot(self._latest, self._latest_duration, rounding, frame, self._screens)

    @property
    def is_at_end(self) -> bool:
        """Whether the last read frame is the last one of the video, if the header gives the end."""
        return self._video.duration is not None and self._latest + self._latest_duration * 3 / 2 > self._video.duration

    def _time_of(self, tick: int | None) -> Fraction:
        if self.num_frames == 0:
            self._first_tick = tick
        by_rate = self.num_frames / self._video.rate if self._video.rate else Fraction(0)
        if tick is None or self._first_tick is None:
            return by_rate
        # Stamps that do not increase give the storage order of frames, not their display times.
        said = (tick - self._first_tick) * self._video.unit
        return said if said > self._latest or not self.num_frames else max(by_rate, self._latest)

    def _duration_of(self, frame: Any) -> Fraction:
        if frame.duration:
            return frame.duration * self._video.unit
        return 1 / self._video.rate if self._video.rate else Fraction(0)

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file or camera; iteration then ends."""
        self._first = None
        self._decoded.close()
        self._video.close()


def count_frames(path: str | Path) -> int:
    """The true number of frames of a file, found by decoding: containers often give none or a wrong one.

    Raises:
        VideoError: see `VideoReader`.
    """
    with open_video(path) as video:
        return sum(1 for _ in decoded(video))
