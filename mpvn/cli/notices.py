"""What the package has to say while it works, such as how many videos it leaves out."""

import contextlib
import logging
from collections.abc import Iterator


class _Printing(logging.Handler):
    """Prints to what stdout is at that time, so that a command that writes data there can lead notices elsewhere."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record))


@contextlib.contextmanager
def on_stdout() -> Iterator[None]:
    """Within the block the package's log is printed as plain lines: stderr is for the one line on what went wrong."""
    handler = _Printing()
    logger = logging.getLogger("mpvn")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
