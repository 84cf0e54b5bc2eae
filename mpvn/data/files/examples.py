"""Entries of lists of videos: the file, the stretch of time, and the class. Plain Python."""

from collections.abc import Sequence
from typing import NamedTuple


class Example(NamedTuple):
    """A video, or a stretch of one, and the index of its class.

    Attributes:
        path: path of the file.
        label: index of the class.
        begin, end: the label's stretch of time, in seconds from the beginning of the file; None: the whole file.
    """

    path: str
    label: int
    begin: float | None = None
    end: float | None = None


class Listing(NamedTuple):
    """The content of a list.

    Attributes:
        examples: of the videos that exist.
        class_names: the classes in the order of their labels.
        missing: names of listed videos that do not exist.
    """

    examples: list[Example]
    class_names: list[str]
    missing: Sequence[str] = ()
