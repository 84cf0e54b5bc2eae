"""SIGTERM, by which machine schedulers end processes: noticed at once, obeyed when nothing is lost."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EXIT_CODE = 128 + signal.SIGTERM  # as reported by shells


class Terminated(Exception):
    """The process was asked to end, and has saved its state; the message is a line for the user."""


@contextmanager
def asked_to_end() -> Iterator[threading.Event]:
    """An event that is set at the first SIGTERM, which has no other effect within the context.

    Only the main thread receives it; in other threads the event is never set.
    """
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    before = signal.signal(signal.SIGTERM, lambda *_: event.set())
    try:
        yield event
    finally:
        signal.signal(signal.SIGTERM, before)
