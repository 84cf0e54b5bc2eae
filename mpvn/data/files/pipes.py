"""Pipes for FFmpeg, which would otherwise wait forever for a writer."""

import os
import select
import stat
import threading
import time
from pathlib import Path

_LOOKS = 0.1  # seconds between two checks whether to stop reading


def is_pipe(path: Path) -> bool:
    """Whether this is a named pipe, or a standard input from a pipe, a terminal or a socket."""
    mode = path.stat().st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or (stat.S_ISCHR(mode) and str(path) == "/dev/stdin")


class Pipe:
    """The data written to a pipe, as a read-only file.

    Args:
        path: of the pipe.
        first: seconds within which data must arrive first.
        patience: seconds of silence that are allowed later.

    Attributes:
        name: the path; PyAV needs it.
    """

    def __init__(self, path: Path, first: float, patience: float) -> None:
        self.name = str(path)
        self._waits, self._patience = first, patience
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._looking = threading.Lock()  # it must not be closed while it is checked

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty once the writer has closed it, or `close` was called.

        Raises:
            TimeoutError: the writer was silent for too long.
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
        """Closes the pipe; also ends a waiting `read`."""
        with self._looking:
            file, self._file = self._file, -1
        if file >= 0:
            os.close(file)
