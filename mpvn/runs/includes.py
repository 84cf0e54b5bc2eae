"""Reads gin files and the files that they include."""

import contextlib
import os
from collections.abc import Iterator
from typing import IO

import gin

ENCODING = "utf-8-sig"  # UTF-8, with or without a byte order mark

_reading: list[str] = []  # folders of the files being read, the innermost last
_have_been_read: list[str] = []


def read_gin_file(path: str) -> list[str]:
    """Reads a gin file with all included files.

    An included file is looked for beside the including file, so that related files may be anywhere, and then in the
    current folder, as in gin.

    Args:
        path: path of the file.

    Returns:
        The paths of all files that were read, each after those that it includes.
    """
    _reading.clear()
    _have_been_read.clear()
    gin.parse_config_file(path)
    return list(_have_been_read)


def _place(path: str) -> str:
    """The path of an included file; the given path if it does not exist."""
    beside = os.path.join(_reading[-1], path) if _reading else path
    return beside if os.path.isfile(beside) else path


@contextlib.contextmanager
def _opened(path: str) -> Iterator[IO[str]]:
    place = _place(path)
    _reading.append(os.path.dirname(place))
    try:
        with open(place, encoding=ENCODING) as file:
            yield file
    finally:
        _reading.pop()
    _have_been_read.append(place)


def _is_there(path: str) -> bool:
    return os.path.isfile(_place(path))


# The public `gin.config.register_file_reader` adds a reader after gin's own, which reads every file that it finds in
# the current folder: such a file would override the one beside, and its folder would be unknown here.
gin.config._FILE_READERS.insert(0, (_opened, _is_there))
