"""The videos that a user names: files, folders, lists, and live sources."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePath

from mpvn.data.files.texts import numbered_lines
from mpvn.data.files.tree import VideoTree
from mpvn.data.files.video_error import VideoError
from mpvn.live.source import is_live

_LIST = ".txt"


@dataclass(frozen=True)
class Video:
    """A video to stream.

    Attributes:
        name: name for `mpvn.live.source.Source`.
        place: unique path of its output below a folder, without ending.
    """

    name: str
    place: str


def videos_of(names: Sequence[str]) -> list[Video]:
    """The videos for the given names.

    Args:
        names: names of files and live sources; of folders, for all videos below them; or of text files (.txt) with such
            names, one per line, relative to the list's folder.

    Raises:
        VideoError: a list cannot be read, or a folder holds no video.
    """
    videos: list[Video] = []
    taken: set[str] = set()
    for name, place in chain.from_iterable(map(_named, names)):
        unique, number = place, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{place}-{number}"
        taken.add(unique.casefold())
        videos.append(Video(name, unique))
    return videos


def _named(name: str) -> Iterator[tuple[str, str]]:
    """(name, place) of each video."""
    if is_live(name):
        yield name, re.sub(r"[^A-Za-z0-9._-]+", "_", name.rpartition("@")[2]).strip("_.-") or "stream"
    elif os.path.isdir(name):
        tree = VideoTree(name)
        if not tree.videos:
            raise VideoError(f"{name} holds no video: expected a folder of videos")
        yield from ((tree.path(parts), str(PurePath(*parts).with_suffix(""))) for parts in tree)
    elif name.lower().endswith(_LIST) and os.path.isfile(name):
        for line in _lines(name):
            yield from _named(line)
    else:
        yield name, Path(name).stem


def _lines(path: str) -> Iterator[str]:
    for _, line in numbered_lines(path, "'clips/one.mp4'"):
        below = os.path.join(os.path.dirname(path), line)
        if line.lower().endswith(_LIST):
            raise VideoError(f"{path} contains another list, {line}: expected names of videos, such as clips/one.mp4")
        yield below if not is_live(line) and os.path.exists(below) else line
