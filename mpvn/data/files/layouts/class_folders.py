"""Class folders: root/class name/.../video, or root/train/class name/.../video and the same for other parts."""

import logging
import os
from pathlib import Path

from mpvn.data.files.examples import Example, Listing
from mpvn.data.files.layouts.place import Layout, Place
from mpvn.data.files.reader import VideoError
from mpvn.data.files.tree import VideoTree, entries, is_folder, is_video, plain
from mpvn.errors import InputError

_EXPECTED = "a folder of class folders"
_PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid", "validate"),
    "test": ("test", "testing"),
}

log = logging.getLogger(__name__)


def class_folders(root: str | Path) -> Listing:
    """A folder of class folders, root/class name/video, with optional folders between; classes are sorted by name.

    Hidden files and folders, and folders without a video, are left out; one line of the log counts the files that are
    left out.

    Raises:
        VideoError: if the folder does not exist, or no class folder holds a video.
    """
    tree = VideoTree(root, _EXPECTED)
    videos = [parts for parts in tree.videos if len(parts) > 1]
    if not videos:
        raise VideoError(f"{root} holds no video: expected root/class name/video (.mp4, .avi, ...)")
    left_out = [*tree.others, *(tree.path(parts) for parts in tree.videos if len(parts) == 1)]
    if left_out:
        log.warning(
            "%s: %d files are not videos in class folders and are left out, first %s", root, len(left_out), left_out[0]
        )
    names = sorted({plain(parts[0]) for parts in videos})
    labels = {name: label for label, name in enumerate(names)}
    return Listing([Example(tree.path(parts), labels[plain(parts[0])]) for parts in videos], names)


def _read(place: Place) -> dict[str, Listing]:
    """The folders of the parts: those that are set, otherwise those in `root`, otherwise `root` is for training."""
    inside = {} if place.roots else _folders_of_parts(place.root)
    roots = inside or {"train": place.root, **place.roots}
    return {part: class_folders(root) for part, root in roots.items()}


def _folders_of_parts(root: str) -> dict[str, str]:
    """{part: its folder}, if all that a folder holds is one folder of class folders per part.

    Raises:
        InputError: parts and classes are in the same folder, two folders are for one part, or none is for training.
    """
    part_of = {name: part for part, names in _PARTS.items() for name in names}
    found: dict[str, str] = {}
    classes: list[str] = []
    for entry in entries(root, _EXPECTED):
        if not is_folder(entry):
            continue
        part = part_of.get(entry.name.lower())
        if part is None:
            classes += [entry.path] if VideoTree(entry.path).videos else []
            continue
        if part in found:
            raise InputError(f"{entry.path} and {found[part]} are both for {part}: expected one folder; move one away")
        found[part] = entry.path
    are_classes = any(is_video(name) for folder in found.values() for name in os.listdir(folder))
    if are_classes or not found or (classes and len(found) == 1):
        return {}
    if classes:
        first, *_, last = found.values()
        raise InputError(f"{first} and {last} are for parts of the data, but {classes[0]} is not: move it away")
    if "train" not in found:
        raise InputError(f"{', '.join(found.values())}: there is no folder for training; expected {root}/train")
    return found


LAYOUT = Layout(_read, reads=("roots",))
