"""The frames of a stretch of a video, at its own rate or another."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from mpvn.data.files.frame_times import FrameTimes
from mpvn.data.files.resampling import as_rate


class Stretch(NamedTuple):
    """A stretch of time of a video, in seconds from its first frame; None is the video's own begin or end."""

    begin: float | None = None
    end: float | None = None

    def __str__(self) -> str:
        if self == WHOLE:
            return ""
        return f" between {self.begin or 0:g} and {'its end' if self.end is None else f'{self.end:g} s'}"


WHOLE = Stretch()


@dataclass(frozen=True)
class StretchFrames:
    """The frames of a file in a stretch.

    Attributes:
        times: of the file.
        stretch: of time.
        fps: rate to which the stretch is converted; frame k is what a player shows k / fps seconds after its
            begin. None keeps the file's frames, whatever their durations.
    """

    times: FrameTimes
    stretch: Stretch = WHOLE
    fps: Fraction | float | None = None

    def __len__(self) -> int:
        if self.fps is None:
            return max(0, self._first_from(self.stretch.end) - self._first_from(self.stretch.begin or 0))
        end = self.times.duration
        if self.stretch.end is not None:
            end = min(end, _seconds(self.stretch.end))
        return max(0, ceil((end - self._begin) * as_rate(self.fps)))

    def in_file(self, number: int) -> int:
        """The index in the file of the stretch's frame `number`."""
        if self.fps is None:
            return self._first_from(self.stretch.begin or 0) + number
        return self.times.shown_at(self._begin + number / as_rate(self.fps))

    @property
    def _begin(self) -> Fraction:
        return _seconds(self.stretch.begin or 0)

    def _first_from(self, seconds: float | None) -> int:
        return len(self.times) if seconds is None else self.times.first_from(_seconds(seconds))


def _seconds(value: float) -> Fraction:
    return Fraction(value).limit_denominator(10**6)
