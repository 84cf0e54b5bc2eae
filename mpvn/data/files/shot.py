"""Decoded frames, converted to pictures on demand."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from mpvn.data.files.opening import OpenVideo
from mpvn.data.files.picture import Look, Screen


class Screens:
    """Pictures of a video's frames, in several sizes.

    Args:
        video: the video of the frames.
        square_pixels: see `Look`.
    """

    def __init__(self, video: OpenVideo, square_pixels: bool) -> None:
        self._video, self._square_pixels = video, square_pixels
        self._of: dict[int | None, Screen] = {}

    def of(self, frame: Any, short_side: int | None = None) -> Screen:
        """The screen of a size; it is made for `frame` if it does not exist."""
        if short_side not in self._of:
            self._of[short_side] = Screen(frame, self._video.aspect(), Look(self._square_pixels, short_side))
        return self._of[short_side]


@dataclass(frozen=True)
class Shot:
    """A decoded frame of a video.

    Attributes:
        seconds: display time, after the first frame.
        duration: display duration in seconds from the file, otherwise from the rate.
        rounding: rounding error of these in seconds, because the file has integer units.
    """

    seconds: Fraction
    duration: Fraction
    rounding: Fraction
    _frame: Any = field(repr=False)
    _screens: Screens = field(repr=False)

    def picture(self, short_side: int | None = None) -> np.ndarray:
        """The picture, uint8 [height, width, 3], RGB, as players show it; scaled if a shorter side is given.

        Only one shot of a video may be converted at a time.
        """
        return self._screens.of(self._frame, short_side).picture(self._frame)
