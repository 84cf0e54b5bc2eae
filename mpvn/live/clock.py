"""The clock of live sources; tests have one of their own."""

import time


class Clock:
    """Seconds of `time.monotonic`."""

    def now(self) -> float:
        return time.monotonic()

    def sleep_until(self, seconds: float) -> None:
        """Returns at once where that is over."""
        time.sleep(max(0.0, seconds - self.now()))
