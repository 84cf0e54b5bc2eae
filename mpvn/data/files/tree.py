"""The videos below a folder, and how names in lists find them."""

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from mpvn.data.files.reader import VideoError

VIDEO_ENDINGS = frozenset(
    {".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".gif", ".m2ts", ".m2v", ".m4v", ".mj2", ".mjpeg"}
    | {".mjpg", ".mkv", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".ogm", ".ogv", ".qt", ".rm", ".rmvb"}
    | {".ts", ".vob", ".webm", ".wmv", ".y4m"}
)

# What archives, file managers and storage systems leave beside videos.
_STRAY = {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "system volume information", "lost+found"}


def plain(name: str) -> str:
    """A name in one of its spellings: accents composed, bytes that are no UTF-8 taken for Windows-1252."""
    try:
        name.encode()
    except UnicodeEncodeError:  # the file system gave bytes that are no UTF-8
        name = os.fsencode(name).decode("cp1252", errors="replace")
    return unicodedata.normalize("NFC", name)


def letters(name: str) -> str:
    """Letters and digits of a name alone, in small: what spaces, underscores and brackets do not change."""
    return "".join(c for c in unicodedata.normalize("NFKC", plain(name)).casefold() if c.isalnum())


def stem(name: str) -> str:
    """A file's name without the ending of a video, or two of them, which downloaders make (`id.mp4.mkv`)."""
    while is_video(name):
        name = os.path.splitext(name)[0]
    return name


def is_video(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in VIDEO_ENDINGS


def entries(folder: str | Path, expected: str) -> list[os.DirEntry]:
    """What a folder holds, sorted by name, without hidden entries and those that systems leave there.

    Raises:
        VideoError: the folder cannot be read.
    """
    try:
        with os.scandir(os.fspath(folder)) as found:
            kept = [entry for entry in found if not _is_stray(entry.name)]
    except OSError as error:
        raise VideoError(f"{folder} cannot be read: {error.strerror}; expected {expected}") from None
    return sorted(kept, key=lambda entry: entry.name)


def is_folder(entry: os.DirEntry) -> bool:
    """Whether this is a folder, or a link to one; a link to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _is_stray(name: str) -> bool:
    return name.startswith(".") or name.lower() in _STRAY


class VideoTree:
    """All videos below a folder, also through links.

    Args:
        root: the folder.
        expected: what it should be, for messages.

    Attributes:
        videos: (folders and name from the root on) of every video, sorted.
        others: paths of files that are no videos by their ending, or cannot be opened.

    Raises:
        VideoError: the folder, or one in it, cannot be read.
    """

    def __init__(self, root: str | Path, expected: str = "the folder of the videos") -> None:
        self.root = os.fspath(root)
        self.videos: list[tuple[str, ...]] = []
        self.others: list[str] = []
        self._walk((), expected, {_key(self.root)} if os.path.isdir(self.root) else set())
        self._exact = {tuple(map(plain, parts)): parts for parts in reversed(self.videos)}
        self._loose = {_loosely(parts): parts for parts in reversed(self.videos)}
        self._names = {_loosely(parts[-1:]): parts for parts in reversed(self.videos)}

    def _walk(self, parts: tuple[str, ...], expected: str, above: set[tuple[int, int]]) -> None:
        folder = os.path.join(self.root, *parts)
        for entry in entries(folder, expected):
            inner = (*parts, entry.name)
            if is_folder(entry):
                key = _key(entry.path)
                if key not in above:  # else a link to a folder that it lies in
                    self._walk(inner, "a folder of videos", above | {key})
            elif is_video(entry.name) and _is_file(entry):
                self.videos.append(inner)
            else:
                self.others.append(entry.path)

    def path(self, parts: tuple[str, ...]) -> str:
        """The path of one of `videos`."""
        return os.path.join(self.root, *parts)

    def find(self, folder: str, name: str) -> str | None:
        """The path of a listed video, whatever folders lie above `folder`, and whatever its ending now is.

        Args:
            folder: the folder that it is in by the list; "" for none.
            name: of the file.
        """
        parts = self._exact.get((plain(folder), plain(name))) if folder else self._exact.get((plain(name),))
        # A name alone is enough where it lies in no folder: another class may have a file of that name.
        parts = parts or self._loose.get(_loosely((folder, name))) or self._loose.get(_loosely((name,)))
        return self.path(parts) if parts else None

    def find_anywhere(self, name: str) -> str | None:
        """The path of a file of this name in whatever folder, the first by path; its ending may be another one."""
        parts = self._names.get(_loosely((name,)))
        return self.path(parts) if parts else None

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self.videos)


def _key(folder: str) -> tuple[int, int]:
    """What all paths to a folder have in common."""
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def _loosely(parts: tuple[str, ...]) -> tuple[str, ...]:
    """A video's folder and name without what conversions and file systems change."""
    *folders, name = map(plain, parts)
    return (*(folder.casefold() for folder in folders[-1:] if folder), stem(name).casefold())
