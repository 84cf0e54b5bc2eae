"""One file of weights for several models: what is the same in all of them is there once."""

from pathlib import Path

ALIGNMENT = 64  # bytes: of a line of the cache, which runtimes like to find tensors at


class SharedWeights:
    """A file to which tensors are appended, each content once.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[bytes, int] = {}
        self._file = open(path, "wb")  # noqa: SIM115 - closed by close()

    def place(self, content: bytes) -> int:
        """Where in the file `content` begins, in bytes."""
        if content not in self._places:
            self._file.write(bytes(-self._file.tell() % ALIGNMENT))
            self._places[content] = self._file.tell()
            self._file.write(content)
        return self._places[content]

    def close(self) -> None:
        self._file.close()
