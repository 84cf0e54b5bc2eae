"""The videos below a folder, and their lookup by names in lists."""

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

# Files that archives, file managers and storage systems leave beside videos.
_STRAY = {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin", "system volume information", "lost+found"}


def plain(name: str) -> str:
    """A normalised name: accents composed, bytes that are not UTF-8 read as Windows-1252."""
    try:
        name.encode()
    except UnicodeEncodeError:  # the file system returned bytes that are not UTF-8
        name = os.fsencode(name).decode("cp1252", errors="replace")
    return unicodedata.normalize("NFC", name)


def letters(name: str) -> str:
    """The lowercase letters and digits of a name, without spaces, underscores and brackets."""
    return "".join(c for c in unicodedata.normalize("NFKC", plain(name)).casefold() if c.isalnum())


def stem(name: str) -> str:
    """A file's name without its video ending, or two of them, as from downloaders (`id.mp4.mkv`)."""
    while is_video(name):
        name = os.path.splitext(name)[0]
    return name


def is_video(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in VIDEO_ENDINGS


def entries(folder: str | Path, expected: str) -> list[os.DirEntry]:
    """The entries of a folder, sorted by name, without hidden entries and system files.

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
    """Whether this is a folder, or a link to one; a link to itself is not."""
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
        expected: the expected content, for messages.

    Attributes:
        videos: (folders and name relative to the root) of every video, sorted.
        others: paths of files without a video ending, or that cannot be opened.

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
                if key not in above:  # otherwise a link to one of its parent folders
                    self._walk(inner, "a folder of videos", above | {key})
            elif is_video(entry.name) and _is_file(entry):
                self.videos.append(inner)
            else:
                self.others.append(entry.path)

    def path(self, parts: tuple[str, ...]) -> str:
        """The path of one of `videos`."""
        return os.path.join(self.root, *parts)

    def find(self, folder: str, name: str) -> str | None:
        """The path of a listed video, with any folders above `folder`, and any ending.

        Args:
            folder: its folder in the list; "" for none.
            name: of the file.
        """
        parts = self._exact.get((plain(folder), plain(name))) if folder else self._exact.get((plain(name),))
        # A name alone only matches outside of folders: another class may have a file of this name.
        parts = parts or self._loose.get(_loosely((folder, name))) or self._loose.get(_loosely((name,)))
        return self.path(parts) if parts else None

    def find_anywhere(self, name: str) -> str | None:
        """The path of a file of this name in any folder, the first by path; its ending may differ."""
        parts = self._names.get(_loosely((name,)))
        return self.path(parts) if parts else None

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self.videos)


def _key(folder: str) -> tuple[int, int]:
    """A key that all paths to a folder share."""
    status = os.stat(folder)
    return status.st_dev, status.st_ino


def _loosely(parts: tuple[str, ...]) -> tuple[str, ...]:
    """A video's folder and name without parts that conversions and file systems change."""
    *folders, name = map(plain, parts)
    return (*(folder.casefold() for folder in folders[-1:] if folder), stem(name).casefold())
