"""Ends TensorFlow's threads that read videos before Python ends.

While Python ends, no other thread can enter it. TensorFlow, releasing a data set, waits for its threads, and a thread
that wants to call Python waits forever: a finished program would not end.
"""

import atexit
import contextlib
import threading
import time
from collections.abc import Iterator

from mpvn.data.files.video_error import VideoError

_PATIENCE = 10.0  # seconds for clips that are being read

_changed = threading.Condition()
_inside = 0
_closed = False


def is_closed() -> bool:
    """Whether the program is ending, so that nothing should be read any more."""
    return _closed


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """A context for the Python code of such a thread.

    Raises:
        VideoError: the program is ending.
    """
    global _inside
    with _changed:
        if _closed:
            raise VideoError("the program is ending: no more videos are read")
        _inside += 1
    try:
        yield
    finally:
        with _changed:
            _inside -= 1
            _changed.notify_all()


@atexit.register
def _close() -> None:
    global _closed
    with _changed:
        _closed = True
        _changed.wait_for(lambda: not _inside, _PATIENCE)
    time.sleep(0.05)  # lets them also leave Python after the block
