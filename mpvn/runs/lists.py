"""The lists of videos that a run was trained and tested on, with hashes, in its folder.

`lists/<part>.csv` has a line per video, `lists/missing.csv` the listed videos that are not on the disk, and
`lists/lists.json` the classes, the form of the frames and the SHA-256 of each list.
"""

import contextlib
import csv
import functools
import hashlib
import io
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from mpvn.data.files.examples import Example
from mpvn.data.files.fingerprints import beginning, size
from mpvn.data.files.parts import Parts
from mpvn.data.files.remembered import Draw, Remembered, name_of, remembering
from mpvn.data.files.tree import plain
from mpvn.data.video_data import VideoData
from mpvn.errors import InputError
from mpvn.files import replace
from mpvn.runs.frames_kept import data_of, kept_of
from mpvn.tasks.task import Task

FOLDER = "lists"

log = logging.getLogger(__name__)


class Row(NamedTuple):
    """A line of a list: a video, by its path below the root, its class, its stretch, its size and its beginning."""

    video: str
    class_name: str
    label: int
    begin: str
    end: str
    bytes: int
    sha256_of_beginning: str


class Lists:
    """The lists in a run folder.

    Args:
        model_dir: the run folder.
    """

    def __init__(self, model_dir: str | Path) -> None:
        self.folder = Path(model_dir) / FOLDER

    @functools.cached_property
    def summary(self) -> dict[str, Any]:
        """The content of lists.json; empty if it does not exist."""
        path = self.folder / "lists.json"
        try:
            return json.loads(path.read_text()) if path.exists() else {}
        except (OSError, ValueError) as error:
            raise InputError(f"{path} cannot be read ({error}): restore it, or train in another --model_dir") from None

    def rows(self, part: str) -> list[Row]:
        """The list of a part; empty if there is none."""
        path = self.folder / f"{part}.csv"
        if not path.exists():
            return []
        try:
            with open(path, newline="", encoding="utf-8") as file:
                return [Row(row[0], row[1], int(row[2]), row[3], row[4], int(row[5]), row[6]) for row in _body(file)]
        except (OSError, ValueError, LookupError, csv.Error) as error:
            raise InputError(f"{path} cannot be read ({error}): restore it, or train in another --model_dir") from None

    @contextlib.contextmanager
    def remembered(self) -> Iterator[None]:
        """Within the block, drawn parts are those of the run."""
        of_run = None
        if draws := {part: Draw(*draw) for part, draw in self.summary.get("draws", {}).items()}:
            of_run = Remembered({row.video: part for part in self.summary["parts"] for row in self.rows(part)}, draws)
        with remembering(of_run):
            yield

    def without_videos(self) -> VideoData | None:
        """The data of the run without its clips; None if the run did not record enough."""
        if "frames" not in self.summary:
            return None
        return data_of(self.summary["class_names"], self.summary["frames"])

    def check_classes(self, data: VideoData, task: Task) -> None:
        """Checks that the data has the classes of the run, in the same order.

        Raises:
            InputError: the classes differ, and the task has classes.
        """
        before, now = self.summary.get("class_names"), [plain(name) for name in data.class_names]
        if before and before != now and "num_classes" in task.network_arguments(data):
            gone, new = ([name for name in one if name not in other] for one, other in ((before, now), (now, before)))
            what = f"without {gone[0]!r}" if gone else f"with {new[0]!r}" if new else "in another order"
            raise InputError(f"this data has different classes than the run, {what}: give data with the same classes")

    def check_untrained(self, data: VideoData, part: str) -> None:
        """Checks that a part of the data has no training videos of the run.

        Raises:
            InputError: there is one; the message names it.
        """
        if part == "train":
            return
        self._check_splits(data, part)
        if data.parts is None or data.parts.may_share or part not in data.parts.examples:
            return
        trained = self.rows("train")
        if not trained and part in data.parts.draws:
            log.warning("the run has no list of its videos: some of those held out for %s may be training videos", part)
        names = {row.video for row in trained}
        contents = {(row.bytes, row.sha256_of_beginning) for row in trained if row.bytes}
        same_root = self.summary.get("root") == data.parts.root
        for row in self._rows_now(data.parts, part):
            if (same_root and row.video in names) or (row.bytes, row.sha256_of_beginning) in contents:
                raise InputError(
                    f"{row.video} is in {part}, but the run was trained on it (lists/train.csv): expected other "
                    "videos; use the split of its training, or set allow_shared_videos=True"
                )

    def check_goes_on(self, data: VideoData) -> None:
        """Like `check_untrained`, for all parts: the run continues with this data.

        Raises:
            InputError: it was trained on videos that are now for testing.
        """
        for part in data.num_clips:
            self.check_untrained(data, part)

    def _check_splits(self, data: VideoData, part: str) -> None:
        """The same for a data set with named splits, where only splits of the same run are known to be disjoint.

        Raises:
            InputError: both the part and the training split differ from those of the run.
        """
        before, now = self.summary.get("splits"), data.described.get("splits")
        if not before or not now or self.summary.get("tfds") != data.described.get("tfds"):
            return
        if now.get("train") != before.get("train") and now.get(part) != before.get(part):
            raise InputError(
                f"{now.get(part)!r} is for {part}, but the run was trained on {before.get('train')!r}, which may share "
                f"examples with it: keep the old train_split, or the old {part}_split"
            )

    def write(self, data: VideoData, resumed: bool) -> None:
        """Writes the lists of the data; a resumed run also keeps earlier training videos.

        Args:
            data: data of the run.
            resumed: whether the run is resumed.
        """
        if data.parts is None and not data.described:
            return
        parts = {} if data.parts is None else {part: self._rows_now(data.parts, part) for part in data.parts.examples}
        if resumed and "train" in parts:
            parts["train"] = list(dict.fromkeys([*parts["train"], *self.rows("train")]))
        self.folder.mkdir(parents=True, exist_ok=True)
        summary: dict[str, Any] = {"class_names": [plain(name) for name in data.class_names], **data.described}
        summary["frames"] = kept_of(data)
        summary["parts"] = {part: {"clips": clips} for part, clips in data.num_clips.items()}
        for part, rows in parts.items():
            text = _table(Row._fields, rows)
            _replace_text(self.folder / f"{part}.csv", text)
            summary["parts"][part] = {"videos": len(rows), "sha256": hashlib.sha256(text.encode()).hexdigest()}
        if data.parts is not None:
            missing = [(part, plain(name)) for part, names in data.parts.missing.items() for name in names]
            _replace_text(self.folder / "missing.csv", _table(("part", "video"), missing))
            summary |= {"root": data.parts.root, "draws": data.parts.draws, "missing": len(missing)}
        _replace_text(self.folder / "lists.json", json.dumps(summary, indent=2) + "\n")
        self.__dict__.pop("summary", None)

    def _rows_now(self, parts: Parts, part: str) -> list[Row]:
        """The current list of a part; beginnings of files that the run has already read are not read again."""
        kept = self.rows(part) if self.summary.get("root") == parts.root else []
        known = {(row.video, row.bytes): row.sha256_of_beginning for row in kept}

        def row(example: Example) -> Row:
            begin, end = ("" if time is None else f"{time:g}" for time in (example.begin, example.end))
            video, length = name_of(example.path, parts.root), size(example.path)
            digest = known.get((video, length)) or beginning(example.path)
            return Row(video, plain(parts.class_names[example.label]), example.label, begin, end, length, digest)

        with ThreadPoolExecutor(8) as pool:  # each thread waits for the disk
            return list(pool.map(row, parts.examples[part]))


def _body(file: io.TextIOBase) -> Iterator[list[str]]:
    rows = csv.reader(file)
    next(rows, None)
    return rows


def _table(head: tuple[str, ...], rows: list) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue()


def _replace_text(path: Path, text: str) -> None:
    replace(path, lambda new: new.write_text(text, encoding="utf-8", newline=""))
