"""Where a data set is."""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from mpvn.data.files.examples import Listing
from mpvn.errors import InputError


@dataclass(frozen=True)
class Place:
    """Where the videos of a data set and its lists are.

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
        """{attribute: the setting that gave it}, of what is set beside `root`; of several parts, the first."""
        given = {"split_dir": "split_dir"} if self.split_dir is not None else {}
        given |= {"split": "split"} if self.split != 1 else {}  # which is what it is where nobody sets it
        for name, ending in (("roots", "root"), ("tables", "csv"), ("ids", "ids")):
            if parts := list(getattr(self, name)):
                given[name] = f"{parts[0]}_{ending}"
        return given

    def lists(self, layout: str) -> str:
        """The folder of the published lists; InputError where it is not set."""
        if self.split_dir is None:
            raise InputError(f"layout={layout!r} needs split_dir, the folder of the published lists: set it")
        return self.split_dir


@dataclass(frozen=True)
class Layout:
    """How a data set lies on a disk.

    Attributes:
        read: function of a `Place` that gives {part: Listing}, with those of "train", "validation" and "test"
            that exist.
        reads: the attributes of a `Place` that it looks at beside `root`; what else is set would set nothing.
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
        pass  # who reads the folder says what is wrong with it
    return folder
