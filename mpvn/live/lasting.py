"""A source that is reopened when it breaks off."""

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
    """A shot and the number of its connection, starting at 0."""

    shot: Shot
    connection: int


class Lasting:
    """The shots of a video, across breaks of the camera or connection.

    A recording continues where it broke off. A live source continues with its current frames, as another connection; if
    it begins again with the same first frame, it is a recording that had reached its end.

    Args:
        open_again: function that opens the source.
        video: the source, already open.
        patience: seconds after a break for which reopening is tried, except for files and pipes.
        clock: the clock for the patience.
        square_pixels: see `mpvn.data.files.picture.Look`.

    Attributes:
        reader: reader of the current connection.
        begin: time when it was opened, on the clock.
        breaks: number of times the source was reopened.
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
        self._latest = clock.now()  # when the last shot was taken, or waiting for the first one began
        self._beginning: np.ndarray | None = None

    def __iter__(self) -> Iterator[Connected]:
        """Raises BrokenOff if the source cannot be reopened, and VideoError if a file is damaged."""
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
        """Ends the iteration in another thread as soon as possible."""
        self._interrupted = True
        if self._video.pipe is not None:
            self._video.pipe.close()

    def close(self) -> None:
        self.reader.close()

    def _begins_as_before(self, shot: Shot) -> bool:
        """Whether a connection's first shot equals that of the previous connection."""
        if self._video.is_recording or self._video.kind != "address":
            return False
        picture, before = shot.picture(), self._beginning
        self._beginning = picture
        return before is not None and np.array_equal(picture, before)

    def _goes_on(self, broken: BrokenOff | None) -> bool:
        """Whether to reopen the source; raises errors that this cannot fix."""
        video = self._video
        if not video.is_recording and video.kind != "pipe":
            return True
        if broken is None or (video.is_recording and self.reader.is_at_end):
            return False
        if video.kind == "pipe":
            raise broken
        return True

    def _find_again(self, broken: BrokenOff | None, waits: bool) -> None:
        """Reopens the source, after a while if `waits`; raises BrokenOff if that takes too long."""
        self.reader.close()
        refused: VideoError | None = None
        while True:
            if waits:
                self._clock.sleep_until(self._clock.now() + ATTEMPTS_EVERY)
            if self._interrupted or self._clock.now() - self._latest > self._patience:
                lost = f"{self.reader.name} was lost and could not be reopened within {self._patience:g} s"
                raise BrokenOff(f"{lost}: {broken or 'it ended'}" + (f"; {refused}" if refused else ""))
            try:
                self._video = self._open_again()
                break
            except VideoError as error:
                refused, waits = error, True
        self.reader = VideoReader(self._video.name, self._square_pixels, self._video)
        self.begin = self._video.begin
        self.breaks += 1
