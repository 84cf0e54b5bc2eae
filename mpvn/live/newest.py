"""The newest frame of a source that does not wait."""

import threading
from collections.abc import Callable, Iterator

from mpvn.live.moment import Moment


class Newest:
    """A reading thread and a place for one moment, which is lost if it is not taken before the next one comes.

    Args:
        moments: the moments that the thread reads; an error is raised where moments are taken.
        let_go: called by the thread if it ends later than `close` waits.
    """

    def __init__(self, moments: Iterator[Moment], let_go: Callable[[], None] = lambda: None) -> None:
        self._moments, self._let_go = moments, let_go
        self._changed = threading.Condition()
        self._place: tuple[int, Moment] | None = None
        self._ended = self._closing = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="newest frame", daemon=True)
        self._thread.start()

    def after(self, number: int) -> tuple[int, Moment] | None:
        """The newest moment and its number, starting at 0; waits until that is larger than `number`.

        Returns:
            None at the end of the source.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self.has_after(number))
            if self.has_after(number):
                return self._place
            if self._error is not None:
                raise self._error
            return None

    @property
    def has_ended(self) -> bool:
        return self._ended

    @property
    def has_left(self) -> bool:
        """Whether the thread has ended."""
        return not self._thread.is_alive()

    def close(self, patience: float = 1.0) -> None:
        """Tells the thread to end, and waits for it; if FFmpeg waits for the network, it ends a while later."""
        with self._changed:
            self._closing = self._ended = True
            self._changed.notify_all()
        self._thread.join(patience)

    def has_after(self, number: int) -> bool:
        """Whether there is one with a larger number."""
        return self._place is not None and self._place[0] > number

    def _read(self) -> None:
        error = None
        try:
            for number, moment in enumerate(self._moments):
                with self._changed:
                    if self._closing:
                        break
                    self._place = number, moment
                    self._changed.notify_all()
        except BaseException as raised:  # for the taker of the moments
            error = raised
        with self._changed:
            self._error, self._ended, closing = error, True, self._closing
            self._changed.notify_all()
        if closing:
            self._let_go()
