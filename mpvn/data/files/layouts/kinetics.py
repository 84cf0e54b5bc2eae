"""Kinetics and miniKinetics with their published tables, in the trees that downloaders make.

https://github.com/cvdfoundation/kinetics-dataset and https://github.com/s9xie/Mini-Kinetics-200.
"""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from mpvn.data.files.examples import Example, Listing
from mpvn.data.files.layouts.kinetics_tables import PARTS, Row, class_names, read_rows, rows_of, rows_with
from mpvn.data.files.layouts.place import Layout, Place
from mpvn.data.files.reader import VideoError
from mpvn.data.files.tree import VideoTree, letters, stem
from mpvn.errors import InputError

_TRIMMED = re.compile(r"(.+)_(\d+(?:\.\d+)?)_(\d+(?:\.\d+)?)")

log = logging.getLogger(__name__)


def kinetics_csv(
    root: str | Path, csv_path: str | Path, subset: str | None = None, class_names: Sequence[str] | None = None
) -> Listing:
    """Kinetics with one table; missing videos are counted in one logged line.

    A video lies in any folder below `root`, as `<youtube_id>_<start>_<end>.<ending>`, with leading zeros or without, or
    whole as `<youtube_id>.<ending>`; of the whole one only the stretch between the two times is used. Of several files
    the one in a folder of replacements, of its split and of its label is taken.

    Args:
        root: the folder of the videos.
        csv_path: CSV with the columns label, youtube_id, time_start, time_end (seconds) and split, or JSON.
        subset: the part of the column split to keep ("train", "validate", "test"); None keeps all.
        class_names: the classes in the order of their labels; None: those of the whole table, sorted by name.

    Raises:
        VideoError: if the folder or the table is missing, the table lacks a column or rows of the subset, a label is
            not in `class_names`, or none of the videos exists.
    """
    rows = read_rows(csv_path)
    names = _names([rows]) if class_names is None else list(class_names)
    chosen = rows if subset is None else rows_of(rows, subset, csv_path)
    return _listing(KineticsTree(root), chosen, names, csv_path)


class KineticsTree:
    """The videos below a folder, by their ids and times.

    Args:
        root: the folder.
    """

    def __init__(self, root: str | Path) -> None:
        self.tree = VideoTree(root)
        self._whole: dict[str, list[tuple[str, ...]]] = {}
        self._trimmed: dict[tuple[str, int, int], list[tuple[str, ...]]] = {}
        for parts in self.tree:
            name = stem(parts[-1])
            self._whole.setdefault(name, []).append(parts)
            if match := _TRIMMED.fullmatch(name):
                key = match[1], int(float(match[2])), int(float(match[3]))
                self._trimmed.setdefault(key, []).append(parts)

    def find(self, row: Row, label: int) -> Example | None:
        """The file of a row, with the row's times where it is the whole video."""
        if found := self._trimmed.get((row.video, int(row.begin), int(row.end))):
            return Example(self._best(found, row), label)
        if found := self._whole.get(row.video):
            return Example(self._best(found, row), label, row.begin, row.end)
        return None

    def _best(self, found: list[tuple[str, ...]], row: Row) -> str:
        return (
            self.tree.path(max(found, key=lambda parts: _fit(parts[:-1], row)))
            if found[1:]
            else self.tree.path(found[0])
        )


def _fit(folders: tuple[str, ...], row: Row) -> tuple[bool, ...]:
    """How well folders match a row: replacements are for files that are damaged elsewhere."""
    names = [letters(folder) for folder in folders]
    split = next((spellings for spellings in PARTS.values() if row.part in spellings), (row.part,))
    return (
        any("replacement" in name for name in names),
        any(name.removeprefix("videos") in split for name in names),
        letters(row.label) in names,
    )


def _listing(tree: KineticsTree, rows: list[Row], names: list[str], path: str | Path) -> Listing:
    labels = {name: label for label, name in enumerate(names)}
    examples, missing = [], []
    for row in rows:
        if row.label not in labels:
            raise VideoError(f"{path}: label {row.label!r} of {row.video} is not among the {len(names)} class names")
        example = tree.find(row, labels[row.label])
        if example:
            examples.append(example)
        else:
            missing.append(row.name)
    root = tree.tree.root
    if not examples:
        raise VideoError(f"{root} holds none of the {len(rows)} videos of {path}: expected e.g. {rows[-1].name}.mp4")
    if missing:
        log.warning(
            "%s: %d of the %d videos of %s are missing, first %s", root, len(missing), len(rows), path, missing[0]
        )
    return Listing(examples, names, missing)


def _read(place: Place) -> dict[str, Listing]:
    """The parts that have a table; the classes are those of all tables."""
    if not place.tables:
        raise InputError("layout='kinetics' needs train_csv, validation_csv or test_csv: set at least one")
    if lacking := [part for part in place.ids if part not in place.tables]:
        raise InputError(f"{lacking[0]}_ids chooses rows of a table: also set {lacking[0]}_csv")
    rows = {}
    for part, table in place.tables.items():
        rows[part] = rows_of(read_rows(table), part, table)
        if part in place.ids:
            rows[part] = rows_with(rows[part], place.ids[part], table)
    names, tree = _names(list(rows.values())), KineticsTree(place.root)
    return {part: _listing(tree, rows[part], names, table) for part, table in place.tables.items()}


_names = class_names  # `kinetics_csv` has an argument of that name

LAYOUT = Layout(_read, reads=("tables", "ids"))
