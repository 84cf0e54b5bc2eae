"""The clock of live sources; tests replace it."""

import time


class Clock:
    """Seconds of `time.monotonic`."""

    def now(self) -> float:
        return time.monotonic()

    def sleep_until(self, seconds: float) -> None:
        """Sleeps until a time; returns at once if it has passed."""
        time.sleep(max(0.0, seconds - self.now()))
