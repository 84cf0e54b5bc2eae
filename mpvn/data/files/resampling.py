"""Frame rates, and conversion between them."""

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

from mpvn.errors import InputError

_T = TypeVar("_T")


def as_rate(fps: Fraction | float) -> Fraction:
    """A frame rate as an exact fraction; the float 29.97002997... becomes 30000/1001.

    Args:
        fps: frames per second, above 0; less than a frame in two days counts as 0.

    Raises:
        InputError: if `fps` is not a finite number above 0.
    """
    rate = Fraction(fps).limit_denominator(100_000) if math.isfinite(fps) else Fraction(0)
    if rate <= 0:
        raise InputError(f"a frame rate must be a finite number above 0, not {fps}")
    return rate


def resampled_length(num_frames: int, source_fps: Fraction | float, target_fps: Fraction | float) -> int:
    """The number of frames that `resample` makes from `num_frames` frames."""
    return math.ceil(num_frames * as_rate(target_fps) / as_rate(source_fps))


def resample(frames: Iterable[_T], source_fps: Fraction | float, target_fps: Fraction | float) -> Iterator[_T]:
    """Evenly timed frames at another rate: output k is what a player shows at k / target_fps (drops or repeats frames).

    All arithmetic is in whole numbers, so there is no drift, however long the video is. Each output is returned as soon
    as its frame has been read:

        source 30 fps  0 1 2 3 4 5 6 7 8 9
        target 12 fps  0   2     5   7        (times 0, 2.5, 5, 7.5 in source frames)

    Args:
        frames: any values at `source_fps`.
        source_fps: their rate, in frames per second.
        target_fps: the new rate, in frames per second.

    Yields:
        `resampled_length(len(frames), source_fps, target_fps)` of the values.

    Raises:
        InputError: at the first frame, if a rate is not a finite number above 0.
    """
    step = as_rate(source_fps) / as_rate(target_fps)  # source frames per output frame
    made = 0
    for count, frame in enumerate(frames, start=1):
        while made * step.numerator < count * step.denominator:
            yield frame
            made += 1
