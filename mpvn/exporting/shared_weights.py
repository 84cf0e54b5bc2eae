"""One file of weights for several models, without duplicates."""

from pathlib import Path

ALIGNMENT = 64  # alignment of tensors in bytes: a cache line


class SharedWeights:
    """A file of appended tensors without duplicates.

    Attributes:
        path: path of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[bytes, int] = {}
        self._file = open(path, "wb")  # noqa: SIM115 - closed by close()

    def place(self, content: bytes) -> int:
        """The position of `content` in the file, in bytes."""
        if content not in self._places:
            self._file.write(bytes(-self._file.tell() % ALIGNMENT))
            self._places[content] = self._file.tell()
            self._file.write(content)
        return self._places[content]

    def close(self) -> None:
        self._file.close()
