"""SIGTERM, by which schedulers of machines end what runs: asked for at once, heeded where nothing is lost."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EXIT_CODE = 128 + signal.SIGTERM  # as a shell reports it


class Terminated(Exception):
    """The process was asked to end, and has kept what it did; the message is a line for the user."""


@contextmanager
def asked_to_end() -> Iterator[threading.Event]:
    """An event that is set at the first SIGTERM, which does nothing else within the context.

    Only the main thread can be asked; elsewhere the event is never set.
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
