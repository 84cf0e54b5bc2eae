"""Videos that are left out: they are counted, listed in a file, and limited."""

import csv
import sys
import threading
from pathlib import Path
from typing import NamedTuple

from mpvn.data.files.video_error import VideoError
from mpvn.files import replace

FILE = "skipped.csv"
MAX_SKIPPED = 0.01  # default share of the videos that may be left out: our choice
MISSING = "is in the list, but not on the disk"


class _Row(NamedTuple):
    split: str
    path: str
    reason: str


class LeftOut:
    """Videos of a data set that are left out; safe to use from several threads.

    Args:
        num_videos: number of videos of the whole data set, on the disk.
        max_skipped: largest share of these that may be left out because they cannot be read; one video always may,
            unless it is 0. Videos that are not on the disk are counted apart, without a limit.
    """

    def __init__(self, num_videos: int, max_skipped: float) -> None:
        self._num_videos, self._max_skipped = num_videos, max_skipped
        self._allowed = max(1, _share_of(num_videos, max_skipped)) if max_skipped else 0
        self._rows: dict[tuple[str, str], _Row] = {}
        self._folder: Path | None = None
        self._lock = threading.RLock()

    def add(self, split: str, path: str, reason: str, check: bool = True) -> None:
        """Leaves a video out.

        Args:
            split: whose video it is.
            path: of its file.
            reason: one line that names the file first.
            check: calls `check`.

        Raises:
            VideoError: it is one too many.
        """
        with self._lock:
            if (split, path) in self._rows:
                return
            self._rows[split, path] = _Row(split, path, reason.removeprefix(path).strip())
            if check:
                self.check()
            if self._folder is not None:
                print(f"left out: {reason}", file=sys.stderr)
                self._write(self._folder)

    def add_missing(self, split: str, path: str) -> None:
        with self._lock:
            self._rows[split, path] = _Row(split, path, MISSING)

    def check(self) -> None:
        """Raises VideoError if more videos cannot be read than may be left out."""
        unreadable = {row.path: row.reason for row in self._rows.values() if row.reason != MISSING}
        if len(unreadable) > self._allowed:
            named = "; ".join(f"{path} {reason}" for path, reason in list(unreadable.items())[:3])
            more = f"; and {len(unreadable) - 3} more" if len(unreadable) > 3 else ""
            raise VideoError(
                f"{len(unreadable)} of the {self._num_videos} videos cannot be read, and "
                f"max_skipped={self._max_skipped:g} lets {self._allowed} be left out: fix or remove them, or raise "
                f"max_skipped ({named}{more})"
            )

    def write_to(self, folder: str | Path) -> None:
        """Lists the videos in `skipped.csv` of a folder, including those that are found later."""
        with self._lock:
            self._folder = Path(folder)
            if self._rows:
                self._write(self._folder)

    def say(self) -> None:
        """Logs one line with the number of videos and the file of `write_to`; nothing if no video is left out."""
        with self._lock:
            if not self._rows or self._folder is None:
                return
            missing = sum(row.reason == MISSING for row in self._rows.values())
            unreadable = len(self._rows) - missing
        print(
            f"left out: {unreadable} unreadable and {missing} missing videos of "
            f"{self._num_videos + missing}; {self._folder / FILE} names them",
            file=sys.stderr,
        )

    def _write(self, folder: Path) -> None:
        rows = {(row.split, row.path): row for row in _read(folder / FILE)} | self._rows

        def write(path: Path) -> None:
            with open(path, "w", newline="", encoding="utf-8", errors="surrogateescape") as file:
                csv.writer(file).writerows([_Row._fields, *rows.values()])

        replace(folder / FILE, write)


def _share_of(count: int, share: float) -> int:
    """A share of a count, rounded down; 0.29 of 100 is 29, although their floating-point product is a little less."""
    return int(share * count + 1e-6)


def _read(path: Path) -> list[_Row]:
    """The rows of a file that this or an earlier run wrote; empty if it does not exist."""
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as file:
        return [_Row(*row) for row in list(csv.reader(file))[1:] if len(row) == len(_Row._fields)]
