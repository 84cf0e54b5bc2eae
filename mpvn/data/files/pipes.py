"""Pipes as FFmpeg reads them: it would wait for a writer without an end."""

import os
import select
import stat
import threading
import time
from pathlib import Path

_LOOKS = 0.1  # seconds between two looks at whether the reading is to end


def is_pipe(path: Path) -> bool:
    """Whether this is a named pipe, or a standard input that comes from a pipe, a terminal or a socket."""
    mode = path.stat().st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or (stat.S_ISCHR(mode) and str(path) == "/dev/stdin")


class Pipe:
    """What is written to a pipe, as a file that can only be read.

    Args:
        path: of the pipe.
        first: seconds within which something must be written.
        patience: seconds for which nothing may be written then.

    Attributes:
        name: the path; PyAV asks for it.
    """

    def __init__(self, path: Path, first: float, patience: float) -> None:
        self.name = str(path)
        self._waits, self._patience = first, patience
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._looking = threading.Lock()  # what is looked at must not be closed then

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none once who writes has closed it, or `close` was called.

        Raises:
            TimeoutError: nothing was written for too long.
        """
        until = time.monotonic() + self._waits
        while True:
            with self._looking:
                if self._file < 0:
                    return b""
                if select.select([self._file], [], [], _LOOKS)[0]:
                    self._waits = self._patience
                    return os.read(self._file, size)
            if time.monotonic() > until:
                raise TimeoutError(f"nothing was written for {self._waits:g} s")

    def close(self) -> None:
        """Ends a `read` that waits, too."""
        with self._looking:
            file, self._file = self._file, -1
        if file >= 0:
            os.close(file)
