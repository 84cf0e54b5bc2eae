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
    """A shot and the connection that it came by, starting at 0."""

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
        self._latest = clock.now()  # when a shot was taken, or the first one is waited for
        self._beginning: np.ndarray | None = None

    def __iter__(self) -> Iterator[Connected]:
        """Raises BrokenOff where the source is not found again, and VideoError where a file is damaged."""
        given, self._latest = 0, self._clock.now()
        while True:
            shots, new, broken = iter(self.reader.next_shot, None), 0, None
            try:
                for shot in islice(shots, given if self._video.is_recording else 0, None):
                    if not new and self._begins_as_before(shot):
                        return
                    new += 1
                    yield Connected(shot, 0 if self._video.is_recording else self.breaks)
                    self._latest = self._clock.now()
            except BrokenOff as error:
                broken = error
            given += new
            if not self._goes_on(broken):
                return
            self._find_again(broken, waits=not new)

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

    def _goes_on(self, broken: BrokenOff | None) -> bool:
        """Whether the source is to be opened again; raises what cannot be mended by that."""
        video = self._video
        if not video.is_recording and video.kind != "pipe":
            return True
        if broken is None or (video.is_recording and self.reader.is_at_end):
            return False
        if video.kind == "pipe":
            raise broken
        return True

    def _find_again(self, broken: BrokenOff | None, waits: bool) -> None:
        """Opens the source again, where `waits` says so after a while; raises BrokenOff where that takes too long."""
        self.reader.close()
        refused: VideoError | None = None
        while True:
            if waits:
                self._clock.sleep_until(self._clock.now() + ATTEMPTS_EVERY)
            if self._interrupted or self._clock.now() - self._latest > self._patience:
                lost = f"{self.reader.name} was lost and not found again within {self._patience:g} s"
                raise BrokenOff(f"{lost}: {broken or 'it ended'}" + (f"; {refused}" if refused else ""))
            try:
                self._video = self._open_again()
                break
            except VideoError as error:
                refused, waits = error, True
        self.reader = VideoReader(self._video.name, self._square_pixels, self._video)
        self.begin = self._video.begin
        self.breaks += 1
