"""A clock that the thread of a test moves, and by which other threads sleep."""

import threading

from mpvn.live.clock import Clock


class FakeClock(Clock):
    """Time moves where the thread that made the clock sleeps, and only once all others sleep till later, or are gone.

    Attributes:
        others: whether another thread sleeps by this clock; told by the test.
    """

    def __init__(self, others: bool = False) -> None:
        self.others = others
        self._time, self._until = 0.0, 0.0  # of the other thread's sleep
        self._mine = threading.get_ident()
        self._changed = threading.Condition()

    def now(self) -> float:
        return self._time

    def sleep_until(self, seconds: float) -> None:
        with self._changed:
            if threading.get_ident() == self._mine:
                self._move(seconds)
            else:
                self._until = seconds
                self._changed.notify_all()
                assert self._changed.wait_for(lambda: self._time >= seconds, timeout=60)

    def work(self, seconds: float) -> None:
        """The test's own thread is busy for so long."""
        self.sleep_until(self._time + seconds)

    def gone(self) -> None:
        """To be called by the other thread at its end."""
        with self._changed:
            self.others = False
            self._changed.notify_all()

    def _move(self, seconds: float) -> None:
        while self._time < seconds:
            # What the other thread does on the way happens at its time.
            assert self._changed.wait_for(lambda: not self.others or self._until > self._time, timeout=60)
            self._time = min(seconds, self._until) if self.others else seconds
            self._changed.notify_all()
        self._time = max(self._time, seconds)
        assert self._changed.wait_for(lambda: not self.others or self._until > self._time, timeout=60)
