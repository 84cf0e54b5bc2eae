"""Gin files, and the files that they include."""

import contextlib
import os
from collections.abc import Iterator
from typing import IO

import gin

ENCODING = "utf-8-sig"  # UTF-8, with the mark before it that some editors write, or without

_reading: list[str] = []  # folders of the files that are being read, the innermost last
_have_been_read: list[str] = []


def read_gin_file(path: str) -> list[str]:
    """Reads a gin file with all that it includes.

    An included file is looked for beside the file that includes it, so that files that belong together may lie
    anywhere, and then where the command was started, as gin does.

    Args:
        path: of the file.

    Returns:
        The paths of all files that were read, each after those that it includes.
    """
    _reading.clear()
    _have_been_read.clear()
    gin.parse_config_file(path)
    return list(_have_been_read)


def _place(path: str) -> str:
    """Where an included file is; the path as it was given if it is nowhere."""
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


# What is public, `gin.config.register_file_reader`, puts a reader behind gin's own, which takes every file that it
# finds where the command was started: such a file would win over the one beside, and its folder not be known here.
gin.config._FILE_READERS.insert(0, (_opened, _is_there))
