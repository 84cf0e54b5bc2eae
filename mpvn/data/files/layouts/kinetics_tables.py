"""The tables of Kinetics: the part, the times and the class of every video."""

import json
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from mpvn.data.files.reader import VideoError
from mpvn.data.files.texts import numbered_lines, read_text, table_rows

COLUMNS = ("label", "youtube_id", "time_start", "time_end")

# The same part has several names, in tables and in folders.
PARTS = {
    "train": ("train", "training"),
    "validation": ("validate", "validation", "val", "valid"),
    "test": ("test", "testing"),
}


class Row(NamedTuple):
    """A stretch of a video and its class; times in seconds."""

    label: str
    video: str
    begin: float
    end: float
    part: str

    @property
    def name(self) -> str:
        """The file's name in the published archives, without its ending."""
        return f"{self.video}_{int(self.begin):06d}_{int(self.end):06d}"


def read_rows(path: str | Path) -> list[Row]:
    """The rows of a published table, each once, in their order; JSON by the file's ending, else CSV.

    Raises:
        VideoError: the table cannot be read or parsed, or is empty.
    """
    rows = _json_rows(path) if Path(path).suffix.lower() == ".json" else _csv_rows(path)
    if not rows:
        raise VideoError(f"{path} lists no video")
    return list(dict.fromkeys(rows))


def rows_of(rows: list[Row], subset: str, path: str | Path) -> list[Row]:
    """The rows for one part of the data, by the column split.

    A table for a single part may say "validate" although it is used for testing, because Kinetics's test table has no
    labels.

    Args:
        rows: of a table.
        subset: "train", "validation" or "test", or a value of the column.
        path: of the table.

    Raises:
        VideoError: the table has no such rows.
    """
    wanted = PARTS.get(subset, (subset,))
    chosen = [row for row in rows if row.part in wanted]
    if chosen:
        return chosen
    found = sorted({row.part for row in rows})
    other = subset in ("validation", "test") and found[0] not in PARTS["train"]
    if len(found) == 1 and (found == [""] or other):
        return rows
    raise VideoError(f"{path} lists no video of the split {subset!r}, only of {', '.join(map(repr, found))}")


def rows_with(rows: list[Row], ids: str | Path, path: str | Path) -> list[Row]:
    """The rows of the videos of a list of ids, one a line (miniKinetics).

    Raises:
        VideoError: the list cannot be read, or none of its videos is in the table.
    """
    wanted = {line for _, line in numbered_lines(ids, "'---QUuC4vJs'")}
    chosen = [row for row in rows if row.video in wanted]
    if not chosen:
        raise VideoError(f"{ids} and {path} have no video in common: expected lines like '---QUuC4vJs'")
    return chosen


def _csv_rows(path: str | Path) -> list[Row]:
    return [
        _row(cells["label"], cells["youtube_id"], cells["time_start"], cells["time_end"], cells.get("split"), path)
        for _, cells in table_rows(path, COLUMNS)
    ]


def _json_rows(path: str | Path) -> list[Row]:
    expected = '{"<youtube_id>": {"annotations": {"label": ..., "segment": [begin, end]}, "subset": ...}, ...}'
    text = read_text(path, expected)
    try:
        said = {name: (video["annotations"], video.get("subset")) for name, video in json.loads(text).items()}
        cells = [
            (labelled["label"], name, labelled["segment"][0], labelled["segment"][1], part)
            for name, (labelled, part) in said.items()
        ]
    except (ValueError, AttributeError, LookupError, TypeError, RecursionError):
        raise VideoError(f"{path} cannot be parsed: expected {expected}, with labels") from None
    return [_row(*cell, path) for cell in cells]


def _row(label: Any, video: Any, begin: Any, end: Any, part: Any, path: str | Path) -> Row:
    try:
        times = float(begin), float(end)
    except (TypeError, ValueError):
        times = math.nan, math.nan
    if not all(map(math.isfinite, times)):
        raise VideoError(f"{path}: time_start and time_end of {video} are not both numbers")
    if not 0 <= times[0] < times[1]:
        raise VideoError(f"{path}: {video} begins at {begin} and ends at {end}: expected 0 <= time_start < time_end")
    return Row(str(label), str(video), *times, str(part or "").lower())


def class_names(tables: Collection[list[Row]]) -> list[str]:
    """The classes of some rows, sorted by name."""
    return sorted({row.label for rows in tables for row in rows})
