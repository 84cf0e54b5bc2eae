"""Data sets of video files: who is in them. Plain Python.

The listing functions return `(examples, class_names)`; an example's label is the index of its class in `class_names`.
Sources of the layouts: https://www.crcv.ucf.edu/data/UCF101.php, the HMDB51 split files of
https://serre-lab.clps.brown.edu, and the annotation tables of https://github.com/cvdfoundation/kinetics-dataset.
"""

import csv
import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from mpvn.data.files.video_error import VideoError
from mpvn.errors import InputError

VIDEO_ENDINGS = (".avi", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")

log = logging.getLogger(__name__)


class Example(NamedTuple):
    """One video file and the index of its class.

    Attributes:
        path: of the file.
        label: index of the class.
        begin, end: the stretch of time that the label is true of, in seconds from the first frame on; None is the
            file's own begin or end.
    """

    path: str
    label: int
    begin: float | None = None
    end: float | None = None


Listing = tuple[list[Example], list[str]]


def single_files(paths: str | Path | Sequence[str | Path]) -> Listing:
    """Files without classes: every label is 0, the class is called "unlabelled".

    Raises:
        VideoError: if there is no path, or one is not a file.
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    if not paths:
        raise VideoError("no video was named: expected the path of at least one video file")
    for path in paths:
        if not os.path.isfile(path):
            raise VideoError(f"{path} is not a file: expected a video file")
    return [Example(str(path), 0) for path in paths], ["unlabelled"]


def class_folders(root: str | Path) -> Listing:
    """A folder of class folders, root/class name/video; classes and files sorted by name, hidden ones left out.

    Raises:
        VideoError: if the folder is missing, or no class folder holds a video.
    """
    classes = [entry.name for entry in _entries(root, "a folder of class folders") if entry.is_dir()]
    examples = [
        Example(entry.path, label)
        for label, name in enumerate(classes)
        for entry in _entries(Path(root, name), "a class folder")
        if _is_video(entry)
    ]
    if not examples:
        raise VideoError(f"{root} holds no video: expected root/class name/video ({', '.join(VIDEO_ENDINGS)})")
    return examples, classes


def ucf101(root: str | Path, split_dir: str | Path, split: int = 1, subset: str = "train") -> Listing:
    """UCF101 with its official split files: root/ClassName/v_ClassName_gXX_cXX.avi; labels as in classInd.txt.

    Args:
        root: the folder of class folders.
        split_dir: the folder of classInd.txt, trainlist01.txt, testlist01.txt, ...
        split: 1, 2 or 3.
        subset: "train" or "test".

    Raises:
        VideoError: if a folder, a list or a listed video is missing, or a list cannot be understood.
        InputError: if `subset` is unknown.
    """
    _check_subset(subset)
    index_path = Path(split_dir, "classInd.txt")
    names = [fields[2] for fields in _fields(index_path, 2, "'1 ApplyEyeMakeup'")]
    labels = {name: label for label, name in enumerate(names)}
    list_path = Path(split_dir, f"{subset}list{split:02d}.txt")
    examples = []
    for number, file, *_ in _fields(list_path, 1, "'ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1'"):
        class_name = file.split("/")[0]
        if class_name not in labels:
            raise VideoError(f"{list_path}, line {number}: class {class_name!r} is not in {index_path}")
        examples.append(Example(os.path.join(root, file), labels[class_name]))
    return _all_there(examples, root, list_path), names


def hmdb51(root: str | Path, split_dir: str | Path, split: int = 1, subset: str = "train") -> Listing:
    """HMDB51 with its official split files: root/class/name.avi and one `<class>_test_split<N>.txt` per class.

    Each line of a split file is `name.avi 0|1|2`: 1 is training, 2 is test, 0 is not used in this split.

    Args:
        root: the folder of class folders.
        split_dir: the folder of the split files.
        split: 1, 2 or 3.
        subset: "train" or "test".

    Raises:
        VideoError: if a folder, the split files or a listed video is missing, or a split file cannot be understood.
        InputError: if `subset` is unknown.
    """
    _check_subset(subset)
    ending = f"_test_split{split}.txt"
    files = [entry for entry in _entries(split_dir, "a folder of split files") if entry.name.endswith(ending)]
    if not files:
        raise VideoError(f"{split_dir} holds no split files: expected <class>{ending}")
    names = [entry.name.removesuffix(ending) for entry in files]
    wanted = {"train": "1", "test": "2"}[subset]
    examples = []
    for label, entry in enumerate(files):
        for number, *file, mark in _fields(entry.path, 2, "'name.avi 1'"):
            if mark not in ("0", "1", "2"):
                raise VideoError(f"{entry.path}, line {number}: expected 0, 1 or 2 after the name, not {mark!r}")
            if mark == wanted:
                examples.append(Example(os.path.join(root, names[label], " ".join(file)), label))
    return _all_there(examples, root, split_dir), names


def kinetics_csv(
    root: str | Path, csv_path: str | Path, subset: str | None = None, class_names: Sequence[str] | None = None
) -> Listing:
    """Kinetics with its annotation table; videos that are not there are counted in one logged line.

    A video is root/file or root/label/file (spaces or underscores in the folder's name), where file is
    `<youtube_id>_<start:06d>_<end:06d>.<ending>`, or `<youtube_id>.<ending>`, the whole film, of which the example is
    the stretch between the two times.

    Args:
        root: the folder of the videos.
        csv_path: a table with the columns label, youtube_id, time_start, time_end (seconds), split.
        subset: value of the column split to keep ("train", "validate", "test"); None keeps all.
        class_names: the classes in the order of their labels; None: those of the whole table, sorted by name.

    Raises:
        VideoError: if the folder or the table is missing, the table lacks a column or rows of the subset, a label is
            not in `class_names`, or none of the videos is there.
    """
    columns = ("label", "youtube_id", "time_start", "time_end", "split")
    try:
        with open(csv_path, newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            rows = list(table)
    except OSError as error:
        raise VideoError(f"{csv_path} cannot be read: {error.strerror}; expected a table {','.join(columns)}") from None
    lacking = [column for column in columns if column not in (table.fieldnames or ())]
    if lacking:
        raise VideoError(f"{csv_path} has no column {', '.join(lacking)}: expected {','.join(columns)}")
    names = sorted({row["label"] for row in rows}) if class_names is None else list(class_names)
    labels = {name: label for label, name in enumerate(names)}
    rows = [row for row in rows if subset is None or row["split"] == subset]
    if not rows:
        raise VideoError(f"{csv_path} lists no video" + (f" of the split {subset!r}" if subset else ""))
    there = _videos_by_stem(root)
    examples = []
    for row in rows:
        label, video = row["label"], row["youtube_id"]
        if label not in labels:
            raise VideoError(f"{csv_path}: label {label!r} of {video} is not among the {len(names)} class names")
        try:
            begin, end = float(row["time_start"]), float(row["time_end"])
            trimmed = f"{video}_{int(begin):06d}_{int(end):06d}"
        except (TypeError, ValueError):
            raise VideoError(f"{csv_path}: time_start and time_end of {video} are not both numbers") from None
        folders = ("", label, label.replace(" ", "_"))
        path, film = (
            next((there[folder, stem] for folder in folders if (folder, stem) in there), None)
            for stem in (trimmed, video)
        )
        if path:
            examples.append(Example(path, labels[label]))
        elif film:
            examples.append(Example(film, labels[label], begin, end))
    if not examples:
        raise VideoError(f"{root} holds none of the {len(rows)} videos of {csv_path}: expected e.g. {trimmed}.mp4")
    if len(examples) < len(rows):
        log.warning("%s: %d of the %d videos of %s are missing", root, len(rows) - len(examples), len(rows), csv_path)
    return examples, names


def _check_subset(subset: str) -> None:
    if subset not in ("train", "test"):
        raise InputError(f"subset must be 'train' or 'test', not {subset!r}")


def _entries(folder: str | Path, expected: str) -> list[os.DirEntry]:
    """What a folder holds, sorted by name, without hidden entries."""
    try:
        with os.scandir(folder) as entries:
            return sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError as error:
        raise VideoError(f"{folder} cannot be read: {error.strerror}; expected {expected}") from None


def _is_video(entry: os.DirEntry) -> bool:
    return entry.name.lower().endswith(VIDEO_ENDINGS) and entry.is_file()


def _fields(path: str | Path, at_least: int, example: str) -> Iterable[list]:
    """[line number, field, field, ...] of every line of a list that is not blank."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise VideoError(f"{path} cannot be read: {error.strerror}; expected lines like {example}") from None
    rows = [[number, *line.split()] for number, line in enumerate(lines, start=1) if line.strip()]
    if not rows:
        raise VideoError(f"{path} is empty: expected lines like {example}")
    for number, *fields in rows:
        if len(fields) < at_least:
            raise VideoError(
                f"{path}, line {number}: expected a line like {example}, not {' '.join(map(str, fields))!r}"
            )
    return rows


def _all_there(examples: list[Example], root: str | Path, listed_in: str | Path) -> list[Example]:
    """The examples, if their files exist; results on part of an official split could not be compared with others'."""
    if not os.path.isdir(root):
        raise VideoError(f"{root} is not a folder: expected the folder of class folders")
    missing = [example.path for example in examples if not os.path.isfile(example.path)]
    if missing:
        raise VideoError(f"{len(missing)} of the {len(examples)} videos of {listed_in} are missing, first {missing[0]}")
    if not examples:
        raise VideoError(f"{listed_in} lists no video of this subset")
    return examples


def _videos_by_stem(root: str | Path) -> dict[tuple[str, str], str]:
    """(folder or "", file name without ending) -> path, of the videos in a folder and in the folders in it."""
    there = {}
    for entry in _entries(root, "the folder of the videos"):
        inner = _entries(entry.path, "a folder of videos") if entry.is_dir() else [entry]
        folder = entry.name if entry.is_dir() else ""
        there.update({(folder, Path(video.name).stem): video.path for video in inner if _is_video(video)})
    return there
