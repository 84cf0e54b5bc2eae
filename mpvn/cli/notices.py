"""Prints notices of the package, such as how many videos it leaves out."""

import contextlib
import logging
from collections.abc import Iterator


class _Printing(logging.Handler):
    """Prints to the current `sys.stdout`, so that a command that writes data there can redirect notices."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record))


@contextlib.contextmanager
def on_stdout() -> Iterator[None]:
    """Within the block, prints the package's log as plain lines; stderr is reserved for the error line."""
    handler = _Printing()
    logger = logging.getLogger("mpvn")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
