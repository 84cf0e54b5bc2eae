"""The display times of the frames of a file."""

import functools
import os
import threading
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np

from mpvn.data.files.decoding import decoded
from mpvn.data.files.opening import OpenVideo, open_video
from mpvn.data.files.video_error import VideoError

# Time stamps are rounded to the file's units; more than a millisecond is not rounding.
LARGEST_ROUNDING = Fraction(1, 1000)

# In a complete file, the last packet of any stream is close to the end that the header gives.
_LEAST_SHARE_THERE = 0.9


@dataclass(frozen=True)
class FrameTimes:
    """When the frames of a file are shown; a second counts from the first frame on.

    Attributes:
        ticks: of each frame, rising.
        end: tick at which the last frame goes.
        unit: seconds per tick.
        labelled: whether decoded frames bear these ticks, so that frames can be looked for after a jump.
        key_frames: ticks of frames from which on the file can be decoded, rising.
        lead: ticks by which FFmpeg's search has to be told an earlier time than that at which a frame is shown.
        cut: why the file counts as cut short; "" if it does not.
    """

    ticks: Sequence[int]
    end: int
    unit: Fraction
    labelled: bool = True
    key_frames: Sequence[int] = ()
    lead: int = 0
    cut: str = ""

    def __len__(self) -> int:
        return len(self.ticks)

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return (self.end - self.ticks[0]) * self.unit

    def first_from(self, seconds: Fraction) -> int:
        """The first frame that is shown at `seconds` or later; `len(self)` where there is none."""
        return bisect_left(self.ticks, self.ticks[0] + ceil((seconds - self._rounding) / self.unit))

    def shown_at(self, seconds: Fraction) -> int:
        """The frame that a player shows at `seconds`."""
        return max(0, bisect_right(self.ticks, self.ticks[0] + floor((seconds + self._rounding) / self.unit)) - 1)

    @property
    def _rounding(self) -> Fraction:
        return min(self.unit / 2, LARGEST_ROUNDING)


def frame_times(path: str | Path) -> FrameTimes:
    """The times of a file's frames, from its index if that is sufficient, otherwise from its packets or its frames.

    They are cached, so that the next call for the same file is fast.

    Raises:
        VideoError: the file cannot be opened, or holds no frame.
    """
    stamp = _stamp(path)
    return _remembered(str(path), stamp, (str(path), stamp) in _wrong)


def times_by_decoding(path: str | Path) -> FrameTimes:
    """The same from decoded frames alone, for a file whose index or packets are wrong; `frame_times` gives it then too.

    Raises:
        VideoError: the file is damaged.
    """
    stamp = _stamp(path)
    with _lock:
        _wrong.add((str(path), stamp))
    return _remembered(str(path), stamp, True)


_wrong: set[tuple[str, tuple]] = set()
_lock = threading.Lock()


def _stamp(path: str | Path) -> tuple:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ()  # opening it says what is wrong
    return found.st_mtime_ns, found.st_size


@functools.lru_cache(maxsize=1024)
def _remembered(path: str, stamp: tuple, by_decoding: bool) -> FrameTimes:
    with open_video(path) as video:
        if video.kind != "file":
            raise VideoError(f"{path} is a camera: expected a file")
        times = None if by_decoding else _of_index(video) or _of_packets(video)
    if times is not None:
        return times
    with open_video(path) as video:
        return _of_frames(video)


def _of_index(video: OpenVideo) -> FrameTimes | None:
    """For mp4, mov and avi with an even rate, whose index at the file's head or end has all frames."""
    stream = video.stream
    kept = video.format.startswith("mov") or video.format == "avi"
    entries = list(stream.index_entries) if kept and len(stream.index_entries) == stream.frames else []
    if not entries or stream.start_time is None or any(entry.is_discard or not entry.size for entry in entries):
        return None
    stamps = range(entries[0].timestamp, entries[-1].timestamp + 1)
    step = (len(stamps) - 1) // max(1, len(entries) - 1) or 1
    stamps = stamps[::step]
    if len(stamps) != len(entries) or any(a.timestamp != b for a, b in zip(entries, stamps, strict=True)):
        return None
    if len(entries) == 1:
        step = stream.duration or 1
    begin = stream.start_time
    end = begin + len(entries) * step
    # The place of the last frame is in the index also where the file ends before it.
    size = os.path.getsize(video.name)
    gone = sum(entry.pos + entry.size > size for entry in entries)
    cut = f"it ends before frame {len(entries) - gone} of {len(entries)}" if gone else ""
    lead = begin - entries[0].timestamp  # the index counts when frames are decoded; FFmpeg's search in it knows that
    keys = _compact([entry.timestamp + lead for entry in entries if entry.is_keyframe])
    return FrameTimes(range(begin, end, step), end, video.unit, _labelled(video), keys, 0, cut)


def _of_packets(video: OpenVideo) -> FrameTimes | None:
    """For files without such an index: all packets are read, none is decoded."""
    if video.codec == "vp8":  # some of its packets are not shown
        return None
    stamps: list = []
    keys: list[int] = []
    durations, latest, cut, lead = {}, Fraction(0), "", 0
    for packet in _whole_packets(video):
        if packet.is_corrupt:
            cut = "its last packet is not whole"
        if packet.pts is not None:
            latest = max(latest, (packet.pts + (packet.duration or 0)) * Fraction(packet.time_base))
        if packet.stream_index != video.stream.index or packet.is_discard:
            continue
        if not stamps and None not in (packet.pts, packet.dts) and "matroska" not in video.format:
            lead = packet.pts - packet.dts
        stamps.append(packet.pts)
        if packet.pts is not None:
            durations[packet.pts] = packet.duration
            keys += [packet.pts] * packet.is_keyframe
    if not stamps or None in stamps or len(set(stamps)) < len(stamps):
        return None
    stamps.sort()
    spacing = int(np.median(np.diff(stamps))) if len(stamps) > 1 else 1
    end = stamps[-1] + (durations[stamps[-1]] or spacing)
    promised = Fraction(video.container.duration or 0, 10**6)
    if "matroska" in video.format and latest + spacing * video.unit < float(promised) * _LEAST_SHARE_THERE:
        cut = f"it ends after {float(latest):.1f} of {float(promised):.1f} s"
    return FrameTimes(_compact(stamps), end, video.unit, _labelled(video), _compact(sorted(keys)), lead, cut)


def _whole_packets(video: OpenVideo) -> Iterable[Any]:
    """Packets as far as the file can be read; what is wrong with the rest is found when it is decoded."""
    try:
        yield from (packet for packet in video.container.demux() if packet.size)
    except Exception:  # PyAV raises various Python exceptions
        return


def _of_frames(video: OpenVideo) -> FrameTimes:
    stamps = [frame.pts for frame in decoded(video)]
    if not stamps:
        raise VideoError(f"{video.name} holds no frame")
    if None not in stamps and all(a < b for a, b in zip(stamps, stamps[1:], strict=False)):
        spacing = int(np.median(np.diff(stamps))) if len(stamps) > 1 else 1
        return FrameTimes(_compact(stamps), stamps[-1] + spacing, video.unit)
    if video.rate is None:
        raise VideoError(f"{video.name} has neither a frame rate nor frame times")
    return FrameTimes(range(len(stamps)), len(stamps), 1 / video.rate, labelled=False)


def _labelled(video: OpenVideo) -> bool:
    # An AVI says in which order frames are kept, not when they are shown.
    return video.format != "avi" or not video.reorders


def _compact(stamps: list[int]) -> Sequence[int]:
    """The same numbers, without a list where they are evenly spaced."""
    if not stamps:
        return ()
    step = stamps[1] - stamps[0] if len(stamps) > 1 else 1
    even = range(stamps[0], stamps[0] + len(stamps) * step, step)
    return even if all(a == b for a, b in zip(stamps, even, strict=True)) else array("q", stamps)
