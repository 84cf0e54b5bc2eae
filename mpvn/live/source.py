"""Sources of video for networks."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby, islice
from pathlib import Path

from mpvn.data.files import addresses
from mpvn.data.files.opening import open_anything
from mpvn.data.files.reader import VideoReader
from mpvn.data.files.resampling import as_rate
from mpvn.errors import InputError
from mpvn.layers.viewing import Viewing
from mpvn.live.clock import Clock
from mpvn.live.in_time import InTime, at_their_times
from mpvn.live.lasting import Lasting
from mpvn.live.moment import Moment
from mpvn.live.newest import Newest
from mpvn.live.rate import as_evaluated

# Seconds for which a lost live source is reopened; our choice.
PATIENCE = 30.0

# Rate of a source without one, for files that need one.
_USUAL_RATE = Fraction(25)


class Source:
    """Iterates over the moments of a video, once.

    Recordings are read as fast as moments are taken, without skipping any. Live sources are played in real time: a
    thread reads, the newest frame is taken, and the others are dropped; see `mpvn.live.in_time.InTime`.

    Args:
        name: a file, `camera:N`, `/dev/videoN`, an address, a named pipe, or `-` for standard input.
        viewing: which frames to use; None uses all.
        realtime: whether to play it in real time; by default only live sources.
        patience: seconds for which a lost source is reopened. A silent source counts as lost after half of this time.
        clock: the clock by which it is played.

    Attributes:
        name: name in messages.
        realtime: whether it is played.

    Raises:
        VideoError: it cannot be opened, or does not answer; while iterating, it is damaged or was lost for too long.
    """

    def __init__(
        self,
        name: str | Path,
        viewing: Viewing | None = None,
        realtime: bool | None = None,
        patience: float = PATIENCE,
        clock: Clock | None = None,
    ) -> None:
        if not patience > 0:
            raise InputError(f"patience={patience!r}: expected seconds above 0")
        self._viewing, self._clock = viewing, clock or Clock()
        video = open_anything(name, patience)
        self.name = video.name
        self._is_recording, self._at_its_times = video.is_recording, video.at_its_times
        self.realtime = not video.is_recording if realtime is None else realtime
        self._lasting = Lasting(
            lambda: open_anything(name, patience),
            video,
            patience,
            self._clock,
            viewing is not None and viewing.square_pixels,
        )
        self._newest: Newest | None = None
        self._in_time: InTime | None = None

    @property
    def reader(self) -> VideoReader:
        """The reader of the file, or of the current connection."""
        return self._lasting.reader

    @property
    def rate(self) -> Fraction:
        """Moments per second, if none is dropped."""
        if self._viewing is not None and self._viewing.fps is not None:
            return as_rate(self._viewing.fps) / self._viewing.stride
        return (self.reader.known_rate or _USUAL_RATE) / self._stride

    @property
    def dropped(self) -> int:
        """The number of moments dropped so far."""
        return 0 if self._in_time is None else self._in_time.dropped

    @property
    def breaks(self) -> int:
        """The number of times the source was lost and reopened."""
        return self._lasting.breaks

    def __iter__(self) -> Iterator[Moment]:
        return self._played() if self.realtime else self._read()

    def close(self) -> None:
        if self._newest is not None:
            self._lasting.interrupt()
            self._newest.close()
            if not self._newest.has_left:
                return  # FFmpeg waits in the thread, which closes what it reads
        self._lasting.close()

    @property
    def _stride(self) -> int:
        return 1 if self._viewing is None else self._viewing.stride

    def _read(self) -> Iterator[Moment]:
        begin = 0.0
        for connection, connected in groupby(self._lasting, lambda item: item.connection):
            moment = None
            for moment in as_evaluated((item.shot for item in connected), self._viewing):
                yield moment._replace(seconds=begin + moment.seconds, connection=connection)
            begin += moment.seconds + float(1 / self.rate) if moment is not None else 0.0

    def _played(self) -> Iterator[Moment]:
        fps = None if self._viewing is None else self._viewing.fps
        moments = self._as_they_come() if self._at_its_times else at_their_times(self._due(), self._clock)
        if fps is None:
            moments = islice(moments, 0, None, self._stride)
        self._newest = Newest(moments, self._lasting.close)
        self._in_time = InTime(self._newest, self._clock, None if fps is None else self._stride / fps)
        return iter(self._in_time)

    def _as_they_come(self) -> Iterator[Moment]:
        begin = self._clock.now()
        for shot, connection in self._lasting:
            now = self._clock.now()
            yield Moment(shot, now - begin, connection, now)

    def _due(self) -> Iterator[tuple[Moment, float]]:
        """Moments with the times when they are due: as long after the opening as after the first frame.

        A live source has sent frames since then, although probing it takes a while.
        """
        begin = self._clock.now() if self._is_recording else self._lasting.begin
        first = begin
        for item in self._lasting:
            if item.connection:
                begin = self._lasting.begin
            due = begin + float(item.shot.seconds)
            yield Moment(item.shot, due - first, item.connection), due


def is_live(name: str | Path) -> bool:
    """Whether a source sends frames from opening on, taken or not; judged by its name."""
    name = str(name)
    return name == "-" or name.startswith("camera:") or addresses.is_address(name) or _is_device(name)


def _is_device(name: str) -> bool:
    path = Path(name)
    try:
        return path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError):
        return False
