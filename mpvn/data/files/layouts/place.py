"""The location of a data set."""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from mpvn.data.files.examples import Listing
from mpvn.errors import InputError


@dataclass(frozen=True)
class Place:
    """The locations of a data set's videos and lists.

    Attributes:
        root: folder of the videos.
        split_dir: folder of the published lists.
        split: number of the published split.
        roots: {part: folder}, where parts have folders of their own.
        tables: {part: table of its videos}.
        ids: {part: list of the video ids that are used}.
    """

    root: str
    split_dir: str | None = None
    split: int = 1
    roots: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)

    def settings(self) -> dict[str, str]:
        """{attribute: its setting} for everything set besides `root`; the first of several parts."""
        given = {"split_dir": "split_dir"} if self.split_dir is not None else {}
        given |= {"split": "split"} if self.split != 1 else {}  # its default
        for name, ending in (("roots", "root"), ("tables", "csv"), ("ids", "ids")):
            if parts := list(getattr(self, name)):
                given[name] = f"{parts[0]}_{ending}"
        return given

    def lists(self, layout: str) -> str:
        """The folder of the published lists; raises InputError if it is not set."""
        if self.split_dir is None:
            raise InputError(f"layout={layout!r} needs split_dir, the folder of the published lists: set it")
        return self.split_dir


@dataclass(frozen=True)
class Layout:
    """The layout of a data set on a disk.

    Attributes:
        read: function of a `Place` that returns {part: Listing}, with those of "train", "validation" and "test"
            that exist.
        reads: the attributes of a `Place` that it reads besides `root`; other attributes have no effect.
        fixed_classes: whether there are classes that a part may lack, since they are not made from the lists.
    """

    read: Callable[[Place], dict[str, Listing]]
    reads: Collection[str]
    fixed_classes: bool = False


def folder_with(folder: str, suffix: str) -> str:
    """The folder itself, or the one in it that has files with this ending, as archives make them."""
    try:
        with os.scandir(folder) as found:
            inside = sorted(found, key=lambda entry: entry.name)
        if any(entry.name.endswith(suffix) for entry in inside):
            return folder
        for entry in inside:
            if entry.is_dir() and any(name.endswith(suffix) for name in os.listdir(entry.path)):
                return entry.path
    except OSError:
        pass  # reading the folder reports the problem
    return folder
