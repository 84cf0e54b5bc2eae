"""One frame of a source and its time."""

from typing import NamedTuple, Protocol

import numpy as np


class Shown(Protocol):
    """Anything that can be converted to a picture; see `mpvn.data.files.shot.Shot`."""

    def picture(self, short_side: int | None = None) -> np.ndarray:
        """The frame, uint8 [height, width, 3], or any frame of a user's own source."""


class Moment(NamedTuple):
    """A frame for a network.

    Attributes:
        shot: the frame.
        seconds: its time, counted from the first frame.
        connection: increases when a live source was lost and reopened; the network's state is then outdated.
        given: time of the clock at which it was available; None if it is available on request.
    """

    shot: Shown
    seconds: float
    connection: int = 0
    given: float | None = None


class Picture(NamedTuple):
    """A frame that is already a picture."""

    frame: np.ndarray

    def picture(self, short_side: int | None = None) -> np.ndarray:
        return self.frame
