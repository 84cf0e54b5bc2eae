"""UCF101 with its published lists; https://www.crcv.ucf.edu/data/UCF101.php."""

import os
import re
from pathlib import Path

from mpvn.data.files.examples import Listing
from mpvn.data.files.layouts.listed import ListedVideos, check_part
from mpvn.data.files.layouts.place import Layout, Place, folder_with
from mpvn.data.files.reader import VideoError
from mpvn.data.files.texts import numbered_lines
from mpvn.data.files.tree import VideoTree, is_video, plain

_LINE = "'ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1'"


def ucf101(root: str | Path, split_dir: str | Path, split: int = 1, subset: str = "train") -> Listing:
    """UCF101: root/ClassName/v_ClassName_gXX_cXX.avi; label k is the class with number k + 1 in classInd.txt.

    Names may hold spaces. A line without a number, as in the lists for testing, has the class of its folder.

    Args:
        root: the folder of class folders.
        split_dir: the folder of classInd.txt, trainlist01.txt, testlist01.txt, ...
        split: 1, 2 or 3.
        subset: "train" or "test".

    Raises:
        VideoError: if a folder or a list does not exist, a list is invalid or contradicts classInd.txt, or none of its
            videos exists.
        InputError: if `subset` is unknown.
    """
    check_part(subset)
    split_dir = folder_with(os.fspath(split_dir), "classInd.txt")
    index = Path(split_dir, "classInd.txt")
    names = _class_names(index)
    labels = {name: label for label, name in enumerate(names)}
    path = Path(split_dir, f"{subset}list{split:02d}.txt")
    listed = ListedVideos(VideoTree(root, "the folder of class folders"), path)
    for number, line in numbered_lines(path, _LINE):
        file, given = _file_and_number(line)
        folders = [plain(part) for part in file.split("/")[:-1]]
        folder = next((part for part in reversed(folders) if part in labels), None)
        label = labels[folder] if folder is not None else None if given is None else given - 1
        where = f"{path}, line {number}"
        if label is None or not 0 <= label < len(names):
            raise VideoError(f"{where}: {line!r} has no class of {index}; expected a line like {_LINE}")
        if given is not None and given != label + 1:
            raise VideoError(f"{where}: {file} is of class {given}, but {folder} is {label + 1} in {index}; fix one")
        listed.add(file if "/" in file else f"{names[label]}/{file}", label)
    return listed.listing(names)


def _class_names(index: Path) -> list[str]:
    """The classes in the order of their numbers."""
    names: dict[int, str] = {}
    for number, line in numbered_lines(index, "'1 ApplyEyeMakeup'"):
        match = re.fullmatch(r"(\d+)[\s,;:]+(.+)", line)
        if not match:
            raise VideoError(f"{index}, line {number}: expected a line like '1 ApplyEyeMakeup', not {line!r}")
        key, name = int(match[1]), plain(match[2].strip("\"' "))
        if key in names or name in names.values():
            raise VideoError(f"{index}, line {number}: {line!r} is a duplicate: expected every number and class once")
        names[key] = name
    if sorted(names) != list(range(1, len(names) + 1)):
        raise VideoError(f"{index}: the numbers are not 1 to {len(names)}: expected lines like '1 ApplyEyeMakeup'")
    return [names[key] for key in sorted(names)]


def _file_and_number(line: str) -> tuple[str, int | None]:
    """A line's file, with "/" between folders, and the number of its class if there is one."""
    match = re.fullmatch(r"(.*\S)[\s,;]+(\d+)", line)
    file, number = (match[1], int(match[2])) if match and not is_video(line) else (line, None)
    return file.strip("\"',; ").replace("\\", "/"), number


def _read(place: Place) -> dict[str, Listing]:
    lists = place.lists("ucf101")
    return {part: ucf101(place.root, lists, place.split, part) for part in ("train", "test")}


LAYOUT = Layout(_read, reads=("split_dir", "split"))
