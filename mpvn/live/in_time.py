"""Chooses a source's frames for a network that may be slower than the source."""

import math
from collections.abc import Iterable, Iterator

from mpvn.live.clock import Clock
from mpvn.live.moment import Moment
from mpvn.live.newest import Newest

# Seconds for which a frame is repeated if a source is slower than the network's rate.
LONGEST_SHOWN = 1.0


class InTime:
    """The newest frames of a source: a slow network misses some, and never falls behind.

    When a frame is taken, it is at most one frame of the source old; so the latency is at most the time between two
    frames of the source plus the time that the network takes.

    Args:
        source: source of moments, as they come.
        clock: the clock that tells when they come.
        step: seconds between two frames of the network; None takes every frame that comes.

    Attributes:
        dropped: number of additional frames that a fast enough network would have got.
    """

    def __init__(self, source: Newest, clock: Clock, step: float | None = None) -> None:
        self.dropped = 0
        self._source, self._clock, self._step = source, clock, step

    def __iter__(self) -> Iterator[Moment]:
        return self._as_they_come() if self._step is None else self._at_a_rate(self._step)

    def _as_they_come(self) -> Iterator[Moment]:
        number = -1
        while (taken := self._source.after(number)) is not None:
            self.dropped += taken[0] - number - 1
            number = taken[0]
            yield taken[1]

    def _at_a_rate(self, step: float) -> Iterator[Moment]:
        number, begin, tick = -1, self._clock.now(), 0
        taken_at = begin
        while True:
            waits = number < 0 or self._clock.now() - taken_at > LONGEST_SHOWN
            taken = self._source.after(number if waits else number - 1)
            if taken is None or (taken[0] == number and self._source.has_ended):
                return
            now = self._clock.now()
            if waits:  # only existing frames count as missed
                begin, tick = now, 0
            moment = taken[1]
            if taken[0] == number:
                moment = moment._replace(given=now)
            else:
                number, taken_at = taken[0], now
            yield moment
            missed = max(0, math.floor((self._clock.now() - begin) / step) - tick - 1)
            self.dropped += missed
            tick += 1 + missed
            self._clock.sleep_until(begin + tick * step)


def at_their_times(moments: Iterable[tuple[Moment, float]], clock: Clock) -> Iterator[Moment]:
    """Plays moments that can be read faster than real time, each when it is due.

    Args:
        moments: each with the time of the clock at which it is due.
        clock: the clock of these times.
    """
    for moment, due in moments:
        clock.sleep_until(due)
        yield moment._replace(given=clock.now())
