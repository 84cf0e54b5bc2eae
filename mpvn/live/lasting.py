"""A source that is opened again where it breaks off."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from mpvn.data.files.opening import OpenVideo
from mpvn.data.files.reader import VideoReader
from mpvn.data.files.shot import Shot
from mpvn.data.files.video_error import BrokenOff, VideoError
from mpvn.live.clock import Clock

# Seconds between two attempts to open a source again.
ATTEMPTS_EVERY = 1.0


class Connected(NamedTuple):
    """A shot and the connection that it came by, from 0 on."""

    shot: Shot
    connection: int


class Lasting:
    """The shots of a video, through breaks of the camera or connection that gives it.

    A recording goes on where it broke off. A live source goes on with what it gives then, as another connection; where
    it begins again with the very frame that it began with before, it is a recording that was at its end.

    Args:
        open_again: opens the source.
        video: the source, open already.
        patience: seconds from a break on for which it is tried again; files and pipes are not.
        clock: of the patience.
        square_pixels: see `mpvn.data.files.picture.Look`.

    Attributes:
        reader: of the present connection.
        begin: when opening that began, on the clock.
        breaks: how often the source was found again.
    """

    def __init__(
        self,
        open_again: Callable[[], OpenVideo],
        video: OpenVideo,
        patience: float,
        clock: Clock,
        square_pixels: bool = False,
    ) -> None:
        self._open_again, self._patience, self._clock = open_again, patience, clock
        self._square_pixels = square_pixels
        self._video = video
        self.reader = VideoReader(video.name, square_pixels, video)
        self.begin = video.begin
        self.breaks = 0
        self._interrupted = False
        self._beginning: np.ndarray | None = None

    def __iter__(self) -> Iterator[Connected]:
        """Raises BrokenOff where the source is not found again, and VideoError where a file is damaged."""
        given = 0
        while True:
            shots, new, broken = iter(self.reader.next_shot, None), 0, None
            try:
                for shot in islice(shots, given if self._video.is_recording else 0, None):
                    if not new and self._begins_as_before(shot):
                        return
                    new += 1
                    yield Connected(shot, 0 if self._video.is_recording else self.breaks)
            except BrokenOff as error:
                broken = error
            given += new
            if not self._goes_on(broken, new):
                return
            self._find_again(broken)

    def interrupt(self) -> None:
        """Ends, as soon as that is possible, the iteration that goes on in another thread."""
        self._interrupted = True
        if self._video.pipe is not None:
            self._video.pipe.close()

    def close(self) -> None:
        self.reader.close()

    def _begins_as_before(self, shot: Shot) -> bool:
        """Of a connection's first shot: whether it is that of the connection before."""
        if self._video.is_recording or self._video.kind != "address":
            return False
        picture, before = shot.picture(), self._beginning
        self._beginning = picture
        return before is not None and np.array_equal(picture, before)

    def _goes_on(self, broken: BrokenOff | None, new: int) -> bool:
        """Whether the source is to be opened again; raises what cannot be mended by that."""
        video = self._video
        if not video.is_recording and video.kind != "pipe":
            return True
        if broken is None or (video.is_recording and self.reader.is_at_end):
            return False
        if video.kind == "pipe" or not new:
            raise broken
        return True

    def _find_again(self, broken: BrokenOff | None) -> None:
        """Opens the source again; raises BrokenOff where that is not possible in time."""
        until = self._clock.now() + self._patience
        self.reader.close()
        while True:
            try:
                self._video = self._open_again()
                break
            except VideoError as error:
                if self._interrupted or self._clock.now() + ATTEMPTS_EVERY > until:
                    lost = f"{self.reader.name} was lost and not found again within {self._patience:g} s"
                    raise BrokenOff(f"{lost}: {broken or 'it ended'}; {error}") from None
                self._clock.sleep_until(self._clock.now() + ATTEMPTS_EVERY)
        self.reader = VideoReader(self._video.name, self._square_pixels, self._video)
        self.begin = self._video.begin
        self.breaks += 1
