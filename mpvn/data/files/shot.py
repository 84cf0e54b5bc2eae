"""A frame that is decoded, and made a picture where somebody wants to see it."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from mpvn.data.files.opening import OpenVideo
from mpvn.data.files.picture import Look, Screen


class Screens:
    """Pictures of a video's frames, in several sizes.

    Args:
        video: whose frames these are.
        square_pixels: see `Look`.
    """

    def __init__(self, video: OpenVideo, square_pixels: bool) -> None:
        self._video, self._square_pixels = video, square_pixels
        self._of: dict[int | None, Screen] = {}

    def of(self, frame: Any, short_side: int | None = None) -> Screen:
        """The one of a size; `frame` is what it is made for, where it is the first one."""
        if short_side not in self._of:
            self._of[short_side] = Screen(frame, self._video.aspect(), Look(self._square_pixels, short_side))
        return self._of[short_side]


@dataclass(frozen=True)
class Shot:
    """A decoded frame of a video.

    Attributes:
        seconds: when it is shown, after the first one.
        duration: seconds for which it is shown, as far as the file says it; else by the rate.
        rounding: seconds by which these may be off, because the file keeps whole units.
    """

    seconds: Fraction
    duration: Fraction
    rounding: Fraction
    _frame: Any = field(repr=False)
    _screens: Screens = field(repr=False)

    def picture(self, short_side: int | None = None) -> np.ndarray:
        """uint8 [height, width, 3], RGB, as players show it; scaled as it is converted where a shorter side is given.

        Of the shots of a video, one is made a picture at a time.
        """
        return self._screens.of(self._frame, short_side).picture(self._frame)
