"""What the package has to say while it works, such as how many videos it leaves out."""

import contextlib
import logging
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def on_stdout() -> Iterator[None]:
    """Within the block the package's log is printed as plain lines: stderr is for the one line on what went wrong."""
    handler = logging.StreamHandler(sys.stdout)
    logger = logging.getLogger("mpvn")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
