"""Finds problems of a video file."""

from pathlib import Path

from mpvn.data.files.clip_reading import read_clip
from mpvn.data.files.decoding import decoded
from mpvn.data.files.frame_times import FrameTimes, frame_times
from mpvn.data.files.opening import open_video
from mpvn.data.files.picture import Look
from mpvn.data.files.video_error import VideoError, reason_of
from mpvn.errors import InputError

# Longer videos are never decoded completely just for a check.
LONGEST_DECODED = 2000

# Pictures of a check may be small.
_LOOK = Look(short_side=16)


def problem_of(path: str | Path, whole: bool) -> str:
    """Why a file cannot be used, in one line that names it; "" if no problem was found.

    The file is opened, its frames are counted in its index or packets, and its first and last frame are decoded.

    Args:
        path: path of the file.
        whole: whether to decode all frames, if there are at most `LONGEST_DECODED`.
    """
    try:
        times = frame_times(path)
        if times.cut:
            return f"{path} is cut short: {times.cut}"
        read_clip(path, 1, look=_LOOK)
        if whole and len(times) <= LONGEST_DECODED:
            _decode_all(path, times)
        elif len(times) > 1:
            read_clip(path, 1, start=len(times) - 1, look=_LOOK)
    except InputError as error:
        return str(error).splitlines()[0]
    except Exception as error:  # PyAV raises various Python exceptions
        return f"{path} cannot be read: {reason_of(error)}"
    return ""


def _decode_all(path: str | Path, times: FrameTimes) -> None:
    with open_video(path) as video:
        count = sum(1 for _ in decoded(video))
    if count < len(times) / 2:
        raise VideoError(f"{path} is damaged: it holds {count} of its {len(times)} frames")
