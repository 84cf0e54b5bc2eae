"""Pixel ranges: do frames lie in the range that a network takes?"""

import sys
import warnings

import numpy as np

# Calls whose frames are looked at: enough to notice a mistake, so few that a stream does not wait for it.
LOOKS = 3
# Pictures in [0, 1] do not reach this value, however they were augmented.
FAR_ABOVE_ONE = 20.0
PACKAGES = ("mpvn", "sideways_tf", "keras", "tensorflow")


class RangeCheck:
    """Looks at the frames of the first calls, and warns once."""

    def __init__(self) -> None:
        self._left = LOOKS

    @property
    def looks(self) -> bool:
        """Whether frames are still looked at."""
        return self._left > 0

    def look_at(self, frames: np.ndarray, white: float, takes: str) -> None:
        """Warns of frames [..., height, width, channels] that cannot be in [0, `white`]; 8-bit frames always fit.

        Args:
            frames: of any number.
            white: the value of a white pixel.
            takes: who takes the frames, for the warning.
        """
        if not self.looks or frames.ndim < 4 or frames.dtype == np.uint8:
            return
        self._left -= 1
        least, most = float(np.min(frames, initial=0.0)), float(np.max(frames, initial=0.0))
        too_bright = white <= 1 and most > FAR_ABOVE_ONE
        too_dark = white > FAR_ABOVE_ONE and least >= 0 and 0 < most <= 1
        if too_bright or too_dark:
            self._left = 0
            warnings.warn(
                f"frames lie in [{least:.3g}, {most:.3g}], but {takes} takes [0, {white:g}]: "
                f"{'divide' if too_bright else 'multiply'} them by {255:g}",
                stacklevel=_users_level(),
            )


def _users_level() -> int:
    """How many calls up the user's own line is; `stacklevel` of a warning by the function that asks."""
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in PACKAGES:
        frame, level = frame.f_back, level + 1
    return level
