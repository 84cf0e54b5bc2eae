"""One frame of a source, and when it was."""

from typing import NamedTuple, Protocol

import numpy as np


class Shown(Protocol):
    """What can be made a picture; see `mpvn.data.files.shot.Shot`."""

    def picture(self, short_side: int | None = None) -> np.ndarray:
        """uint8 [height, width, 3], or whatever frames a source of the user's own gives."""


class Moment(NamedTuple):
    """A frame that a network is shown.

    Attributes:
        shot: the frame.
        seconds: when it was, from the first frame on.
        connection: rises where a live source was lost and found again; what a network remembers is then of before.
        given: time of the clock at which it was there; None of what is there when it is asked for.
    """

    shot: Shown
    seconds: float
    connection: int = 0
    given: float | None = None


class Picture(NamedTuple):
    """A frame that is a picture already."""

    frame: np.ndarray

    def picture(self, short_side: int | None = None) -> np.ndarray:
        return self.frame
