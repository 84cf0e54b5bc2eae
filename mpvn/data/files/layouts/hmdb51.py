"""HMDB51 with its published lists; https://serre-lab.clps.brown.edu."""

import os
import re
from pathlib import Path

from mpvn.data.files.examples import Listing
from mpvn.data.files.layouts.listed import ListedVideos, check_part
from mpvn.data.files.layouts.place import Layout, Place, folder_with
from mpvn.data.files.reader import VideoError
from mpvn.data.files.texts import numbered_lines
from mpvn.data.files.tree import VideoTree, entries, plain

_MARKS = {"train": "1", "test": "2"}


def hmdb51(root: str | Path, split_dir: str | Path, split: int = 1, subset: str = "train") -> Listing:
    """HMDB51: root/class/name.avi and one `<class>_test_split<N>.txt` per class; classes are sorted by name.

    Each line of a list is `name.avi 0|1|2`: 1 is training, 2 is test, 0 is not used in this split.

    Args:
        root: the folder of class folders.
        split_dir: the folder of the lists.
        split: 1, 2 or 3.
        subset: "train" or "test".

    Raises:
        VideoError: if a folder or the lists do not exist, a list is invalid, or none of its videos exists.
        InputError: if `subset` is unknown.
    """
    check_part(subset)
    ending = f"_test_split{split}.txt"
    split_dir = folder_with(os.fspath(split_dir), ending)
    files = [entry for entry in entries(split_dir, "a folder of split files") if entry.name.endswith(ending)]
    if not files:
        raise VideoError(f"{split_dir} holds no split files: expected <class>{ending}")
    listed = ListedVideos(VideoTree(root, "the folder of class folders"), split_dir)
    names = sorted(plain(entry.name.removesuffix(ending)) for entry in files)
    for entry in files:
        name = plain(entry.name.removesuffix(ending))
        label = names.index(name)
        for number, line in numbered_lines(entry.path, "'name.avi 1'"):
            match = re.fullmatch(r"(.*\S)[\s,;]+(\S+)", line)
            if not match or match[2] not in ("0", "1", "2"):
                what = repr(match[2] if match else line)
                raise VideoError(f"{entry.path}, line {number}: expected 0, 1 or 2 after the name, not {what}")
            if match[2] == _MARKS[subset]:
                file = match[1].strip("\"',; ").replace("\\", "/").split("/")[-1]
                listed.add(f"{name}/{file}", label)
    return listed.listing(names)


def _read(place: Place) -> dict[str, Listing]:
    lists = place.lists("hmdb51")
    return {part: hmdb51(place.root, lists, place.split, part) for part in ("train", "test")}


LAYOUT = Layout(_read, reads=("split_dir", "split"))
