"""Keeps problems of video files between runs, so that unchanged files are not checked again."""

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from mpvn import json_lines
from mpvn.data.files.video_error import import_av

# To be increased when checks find more problems.
_VERSION = 1


class CheckCache:
    """Problems by file, in a file of JSON lines in `$MPVN_CACHE`, by default `~/.cache/mpvn`.

    A file is identified by path, size and modification time. If nothing can be written, nothing is kept.

    Args:
        paths: paths of the video files; their common folder has its own file.
        whole: whether the check decodes whole files.
    """

    def __init__(self, paths: Sequence[str], whole: bool) -> None:
        self._version = [_VERSION, import_av().__version__, whole]
        common = os.path.commonpath([os.path.abspath(path) for path in paths])
        self._path = _folder() / f"videos_{hashlib.sha256(os.fsencode(common)).hexdigest()[:16]}.jsonl"
        self._known: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            self._known = {row["file"]: row["problem"] for row in json_lines.read(self._path)}

    def get(self, path: str) -> str | None:
        """The problem of a file, "" for none; None if unknown."""
        return self._known.get(self._key(path))

    def add(self, path: str, problem: str) -> None:
        row = {"file": self._key(path), "problem": problem}
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            json_lines.append(self._path, row)

    def _key(self, path: str) -> str:
        try:
            found = os.stat(path)
        except OSError:
            return ""
        return json.dumps([os.path.abspath(path), found.st_size, found.st_mtime_ns, *self._version])


def _folder() -> Path:
    own = os.environ.get("MPVN_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mpvn"
