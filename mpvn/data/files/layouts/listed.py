"""Videos of a list, and which of them exist."""

import logging
import os
from pathlib import Path

from mpvn.data.files.examples import Example, Listing
from mpvn.data.files.reader import VideoError
from mpvn.data.files.tree import VideoTree
from mpvn.errors import InputError

log = logging.getLogger(__name__)


def check_part(subset: str) -> None:
    """InputError unless a published list is for "train" or for "test"."""
    if subset not in ("train", "test"):
        raise InputError(f"subset must be 'train' or 'test', not {subset!r}")


class ListedVideos:
    """Collects the videos of a list, found or not.

    Args:
        tree: where they are looked for.
        listed_in: the list, for messages.
        in_class_folders: whether a video must be in the folder given by the list; otherwise names are unique.
    """

    def __init__(self, tree: VideoTree, listed_in: str | Path, in_class_folders: bool = True) -> None:
        self.tree, self.listed_in, self.in_class_folders = tree, listed_in, in_class_folders
        self.examples: list[Example] = []
        self.missing: list[str] = []

    def add(self, file: str, label: int) -> None:
        """Looks for a file.

        Args:
            file: its name in the list, with "/" between folders.
            label: of its class.
        """
        exactly = os.path.join(self.tree.root, file)
        if os.path.isfile(exactly):  # also with an unknown ending
            self.examples.append(Example(exactly, label))
            return
        *folders, name = file.split("/")
        folder = folders[-1] if folders and folders[-1] != "." else ""
        path = self.tree.find(folder, name) if self.in_class_folders else self.tree.find_anywhere(name)
        if path is None:
            self.missing.append(file)
        else:
            self.examples.append(Example(path, label))

    def listing(self, class_names: list[str]) -> Listing:
        """The found videos; one line of the log counts the missing ones.

        Raises:
            VideoError: if no video was found or listed.
        """
        total = len(self.examples) + len(self.missing)
        if not total:
            raise VideoError(f"{self.listed_in} lists no video of this subset")
        if not self.examples:
            first = self.missing[0]
            raise VideoError(
                f"{self.tree.root} holds none of the {total} videos of {self.listed_in}: expected e.g. {first}"
            )
        if self.missing:
            log.warning(
                "%s: %d of the %d videos of %s are missing, first %s",
                self.tree.root,
                len(self.missing),
                total,
                self.listed_in,
                self.missing[0],
            )
        return Listing(self.examples, class_names, self.missing)
