"""CATER with its published lists; https://github.com/rohitgirdhar/CATER."""

import os
import re
from pathlib import Path

from mpvn.data.files.examples import Listing
from mpvn.data.files.layouts.listed import ListedVideos, check_part
from mpvn.data.files.layouts.place import Layout, Place, folder_with
from mpvn.data.files.reader import VideoError
from mpvn.data.files.texts import numbered_lines
from mpvn.data.files.tree import VideoTree

_FILES = {"train": "train.txt", "test": "val.txt"}  # the paper compares networks on val.txt; there is no other list
_GRIDS = {"localize": 36, "localize_4x4": 16, "localize_8x8": 64}  # cells of the task's grid
_LINE = "'CATER_new_005748.avi 12'"


def cater(root: str | Path, split_dir: str | Path, subset: str = "train") -> Listing:
    """CATER, localization: root/name.avi and the lists/localize of the same download; label k is cell k of the grid.

    Args:
        root: the folder of the videos.
        split_dir: the folder of train.txt and val.txt; its name says how many cells there are.
        subset: "train" or "test".

    Raises:
        VideoError: if a folder or a list does not exist, a list is invalid, or none of its videos exists.
        InputError: if `subset` is unknown.
    """
    check_part(subset)
    split_dir = folder_with(os.fspath(split_dir), "train.txt")
    path = Path(split_dir, _FILES[subset])
    cells = _GRIDS.get(Path(split_dir).resolve().name, 36)
    listed = ListedVideos(VideoTree(root), path, in_class_folders=False)
    for number, line in numbered_lines(path, _LINE):
        match = re.fullmatch(r"(.*\S)[\s;]+([\d,]+)", line)
        where = f"{path}, line {number}"
        if match and "," in match[2]:
            raise VideoError(
                f"{where}: the video has {match[2].count(',') + 1} labels, but a network is trained for one per video: "
                "give the folder of the list 'localize'"
            )
        if not match or int(match[2]) >= cells:
            raise VideoError(f"{where}: expected a line like {_LINE}, with a cell below {cells}, not {line!r}")
        # Lists made elsewhere have the folders of that machine in them; the names are distinct.
        listed.add(match[1].replace("\\", "/").split("/")[-1], int(match[2]))
    return listed.listing([f"cell {cell}" for cell in range(cells)])


def _read(place: Place) -> dict[str, Listing]:
    lists = place.lists("cater")
    return {part: cater(place.root, lists, part) for part in _FILES}


LAYOUT = Layout(_read, reads=("split_dir",), fixed_classes=True)
