"""What lists of videos hold: which stretch of which file, and of which class. Plain Python."""

from collections.abc import Sequence
from typing import NamedTuple


class Example(NamedTuple):
    """A video, or a stretch of one, and the index of its class.

    Attributes:
        path: of the file.
        label: index of the class.
        begin, end: seconds from the beginning of the file between which the label holds; None: all of the file.
    """

    path: str
    label: int
    begin: float | None = None
    end: float | None = None


class Listing(NamedTuple):
    """What a list says.

    Attributes:
        examples: of the videos that exist.
        class_names: the classes in the order of their labels.
        missing: names of the videos that are listed and not there.
    """

    examples: list[Example]
    class_names: list[str]
    missing: Sequence[str] = ()
