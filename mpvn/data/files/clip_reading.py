"""Reads frames of video files by index, without decoding everything before them."""

from bisect import bisect_right
from collections.abc import Callable, Generator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from mpvn.data.files.decoding import decoded
from mpvn.data.files.frame_times import FrameTimes, frame_times, times_by_decoding
from mpvn.data.files.opening import OpenVideo, open_video
from mpvn.data.files.picture import AS_SHOWN, Look, Screen
from mpvn.data.files.stretch import WHOLE, Stretch, StretchFrames
from mpvn.data.files.video_error import VideoError, reason_of
from mpvn.errors import InputError

PADDINGS = (None, "loop", "last")

_Kept = TypeVar("_Kept")

# Formats that must be read from the beginning, or whose frames depend on all previous frames.
_WITHOUT_JUMPS = ("gif", "apng", "webp_anim")

# Number of earlier key frames to try if decoding from the one before a clip begins after the clip.
_EARLIER_KEY_FRAMES = (0, 1, 2, 4, 8)


def read_clip(
    path: str | Path,
    num_frames: int,
    stride: int = 1,
    start: int = 0,
    fps: Fraction | float | None = None,
    pad: str | None = None,
    stretch: Stretch = WHOLE,
    look: Look = AS_SHOWN,
) -> np.ndarray:
    """Reads frames start, start + stride, ... of a video as one array.

    If the file has frame times, at most the frames from the key frame before the clip are decoded in addition.

    Args:
        path: video file.
        num_frames: T, the number of frames.
        stride: distance between two of them, in frames, at the rate `fps` if it is given.
        start: index of the first one, counted at the same rate.
        fps: frame rate to which the video is converted first: frame k is what a player shows at k / fps; None keeps
            the video's frames.
        pad: how to fill a clip from a shorter video: None raises an error, "loop" repeats the video, "last" repeats its
            last frame.
        stretch: the stretch of time to read from.
        look: the form of the frames; they are scaled as they are decoded.

    Returns:
        uint8 [T, height, width, 3].

    Raises:
        VideoError: if the video cannot be read as far as the clip needs, or is shorter and `pad` is None.
        InputError: if `num_frames` or `stride` is below 1, `start` is below 0, or `pad` is unknown.
    """
    if num_frames < 1 or stride < 1 or start < 0:
        raise InputError(f"expected num_frames >= 1, stride >= 1, start >= 0: got {num_frames}, {stride}, {start}")
    if pad not in PADDINGS:
        raise InputError(f"pad must be one of {PADDINGS}, not {pad!r}")
    numbers = start + stride * np.arange(num_frames)
    clip = _read(path, stretch, fps, look, lambda frames: _in_file(path, frames, numbers, pad), lambda picture: picture)
    return np.stack(clip)


def read_stretch(
    path: str | Path,
    keep: Callable[[np.ndarray], _Kept],
    fps: Fraction | float | None = None,
    stretch: Stretch = WHOLE,
    look: Look = AS_SHOWN,
) -> list[_Kept]:
    """Applies a function to all frames of a stretch of a video, so that memory does not have to hold all frames.

    Args:
        path: video file.
        keep: function of a picture, uint8 [height, width, 3].
        fps: frame rate to which the video is converted first, as in `read_clip`; None keeps the video's frames.
        stretch: the stretch of time.
        look: the form of the frames; they are scaled as they are decoded.

    Raises:
        VideoError: if the video cannot be read as far as that, or has no frame there.
    """

    def all_of(frames: StretchFrames) -> list[int]:
        if not len(frames):
            raise VideoError(f"{path} has no frame{stretch}")
        return [frames.in_file(number) for number in range(len(frames))]

    return _read(path, stretch, fps, look, all_of, keep)


def _read(
    path: str | Path,
    stretch: Stretch,
    fps: Fraction | float | None,
    look: Look,
    choose: Callable[[StretchFrames], list[int]],
    keep: Callable[[np.ndarray], _Kept],
) -> list[_Kept]:
    """The results for the frames with the given indices in the file."""
    for find_times in (frame_times, times_by_decoding):
        times = find_times(path)
        indices = choose(StretchFrames(times, stretch, fps))
        wanted = sorted(set(indices))
        try:
            kept = _after_a_jump(path, times, wanted, look, keep) or _from_the_beginning(
                path, times, wanted, look, keep
            )
        except _OtherFrames:
            continue
        except InputError:
            raise
        except Exception as error:  # PyAV raises various Python exceptions
            raise VideoError(f"{path} cannot be read: {reason_of(error)}") from None
        return [kept[index] for index in indices]
    raise VideoError(f"{path} is damaged: its frames differ at every reading")


class _OtherFrames(Exception):
    """The frames of a file do not match its index or its packets."""


def _in_file(path: str | Path, frames: StretchFrames, numbers: np.ndarray, pad: str | None) -> list[int]:
    """The indices in the file of frames of a stretch."""
    available = len(frames)
    if available <= numbers[-1]:
        if pad is None or available == 0:
            at_rate = "" if frames.fps is None else f" at {float(frames.fps):g} frames per second"
            needs = f"but the clip needs {numbers[-1] + 1}"
            raise VideoError(f"{path} has {available} frames{at_rate}{frames.stretch}, {needs}")
        numbers = numbers % available if pad == "loop" else np.minimum(numbers, available - 1)
    return [frames.in_file(int(number)) for number in numbers]


def _after_a_jump(
    path: str | Path, times: FrameTimes, wanted: list[int], look: Look, keep: Callable[[np.ndarray], _Kept]
) -> dict[int, _Kept] | None:
    """The results by index; None if reading from the beginning may give more."""
    if not times.labelled or wanted[0] == 0:
        return None
    with open_video(path) as video:
        if video.format in _WITHOUT_JUMPS:
            return None
        try:
            frames = _jump(video, times, int(times.ticks[wanted[0]]))
            return None if frames is None else _pick(video, times, wanted, frames, look, keep)
        except (VideoError, _OtherFrames):
            return None


def _from_the_beginning(
    path: str | Path, times: FrameTimes, wanted: list[int], look: Look, keep: Callable[[np.ndarray], _Kept]
) -> dict[int, _Kept]:
    with open_video(path) as video:
        return _pick(video, times, wanted, decoded(video), look, keep)


def _jump(video: OpenVideo, times: FrameTimes, tick: int) -> Generator[Any, None, None] | chain | None:
    """Decoded frames from a key frame before `tick` on; None if none is found."""
    last = bisect_right(times.key_frames, tick) - 1
    for earlier in _EARLIER_KEY_FRAMES:
        if last < earlier:
            return None
        place = times.key_frames[last - earlier] - times.lead
        try:
            video.container.seek(place, stream=video.stream)
        except Exception:  # PyAV raises various Python exceptions
            return None
        video.decoder.flush_buffers()
        frames = decoded(video)
        first = next(frames, None)
        if first is not None and first.pts is not None and first.pts <= tick:
            return chain([first], frames)
    return None


def _pick(
    video: OpenVideo,
    times: FrameTimes,
    wanted: list[int],
    frames: Any,
    look: Look,
    keep: Callable[[np.ndarray], _Kept],
) -> dict[int, _Kept]:
    """The results by index. Reads no further than the last one."""
    picked: dict[int, _Kept] = {}
    screen = None
    for count, frame in enumerate(frames):
        index = wanted[len(picked)]
        place, here = (frame.pts, times.ticks[index]) if times.labelled else (count, index)
        if place is None or place > here:
            raise _OtherFrames
        screen = screen or Screen(frame, video.aspect(), look)
        if place == here:
            picked[index] = keep(screen.picture(frame))
            if len(picked) == len(wanted):
                return picked
    raise _OtherFrames
