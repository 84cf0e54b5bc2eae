"""Finds identical files, by location on the disk or by content."""

import filecmp
import functools
import hashlib
import os
from collections.abc import Iterable

BEGINNING = 2**16  # bytes


def beginning(path: str) -> str:
    """SHA-256 of the first bytes of a file; empty if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read(BEGINNING)).hexdigest()
    except OSError:
        return ""


def size(path: str) -> int:
    """Size of a file in bytes; 0 if it does not exist."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def same_files(*groups: Iterable[str]) -> dict[str, str]:
    """{path: the first path of the same file}: the same through links, or with the same content.

    Only files of equal size are read: first the beginning, then everything. With several groups, copies within a single
    group are not searched for.
    """
    first_of: dict[tuple[int, int], str] = {}  # by device and number on it, which links share
    by_size: dict[int, list[str]] = {}
    groups_of: dict[int, set[int]] = {}  # by size
    result: dict[str, str] = {}
    for group, path in ((number, path) for number, paths in enumerate(groups) for path in paths):
        if path in result:
            continue
        try:
            status = os.stat(path)
        except OSError:
            result[path] = path
            continue
        key = (status.st_dev, status.st_ino)
        if status.st_ino and key in first_of:
            result[path] = first_of[key]
            continue
        first_of[key] = result[path] = path
        if status.st_size:  # empty files are equal, but not copies of a video
            by_size.setdefault(status.st_size, []).append(path)
            groups_of.setdefault(status.st_size, set()).add(group)
    begins = functools.cache(beginning)
    for length, alike in by_size.items():
        found: list[str] = []
        if len(alike) < 2 or len(groups_of[length]) < min(2, len(groups)):
            continue
        for path in alike:
            same = next((other for other in found if begins(other) == begins(path) and _equal(other, path)), None)
            if same is None:
                found.append(path)
            else:
                result[path] = same
    return {path: result[first] for path, first in result.items()}


def _equal(one: str, other: str) -> bool:
    try:
        return filecmp.cmp(one, other, shallow=False)
    except OSError:
        return False
