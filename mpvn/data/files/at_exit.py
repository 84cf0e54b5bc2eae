"""TensorFlow's threads that read videos come to an end before Python does.

While Python ends, no other thread gets into it any more. TensorFlow, told to let go of a data set, waits for its
threads, and one of them that wants to call Python waits for ever: a program that is done would not end.
"""

import atexit
import contextlib
import threading
import time
from collections.abc import Iterator

from mpvn.data.files.video_error import VideoError

_PATIENCE = 10.0  # seconds for the clips that are under way

_changed = threading.Condition()
_inside = 0
_closed = False


def is_closed() -> bool:
    """Whether the program is at its end, so that nothing should be read any more."""
    return _closed


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Around what such a thread does in Python.

    Raises:
        VideoError: the program is at its end.
    """
    global _inside
    with _changed:
        if _closed:
            raise VideoError("the program is at its end: no video is read any more")
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
    time.sleep(0.05)  # lets them leave Python behind the block, too
