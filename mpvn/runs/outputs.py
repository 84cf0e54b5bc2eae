"""Checks that a command does not overwrite what it reads."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from mpvn.errors import InputError


def check_outputs(
    outputs: Sequence[str | Path], inputs: Iterable[str | Path], folders: Sequence[str | Path] = ()
) -> None:
    """Compares files, also through links, hard links and other paths.

    Args:
        outputs: paths of files to write.
        inputs: paths of files that are read.
        folders: folders whose existing files must not be overwritten.

    Raises:
        InputError: an output is a folder, is an input, is another output, or replaces a file of one of the folders.
    """
    read = {key: path for path in inputs for key in _keys(path)}
    written: dict[object, str | Path] = {}
    for output in outputs:
        if os.path.isdir(output):
            raise InputError(f"{output} is a folder: give the name of a file")
        for key in _keys(output):
            if key in read:
                raise InputError(f"{output} would overwrite {read[key]}, which is read: give another output")
            if written.setdefault(key, output) is not output:
                raise InputError(f"{output} would be written twice: give outputs of different names")
        for folder in folders:
            if os.path.exists(output) and Path(os.path.realpath(output)).is_relative_to(os.path.realpath(folder)):
                raise InputError(f"{output} already exists in {folder}, which is read: give another output")


def check_results(path: str | Path, inputs: Iterable[str | Path]) -> None:
    """Checks the JSON file of an evaluation before the evaluation, which may take hours.

    Args:
        path: of the file.
        inputs: paths of files that are read.

    Raises:
        InputError: the name has another ending, the folder does not exist, or the file is an input.
    """
    path = Path(path)
    if path.suffix.lower() != ".json" or path.is_dir():
        raise InputError(f"--output={path}: expected a file name that ends in .json")
    if not path.parent.is_dir():
        raise InputError(f"--output={path} cannot be written: {str(path.parent)!r} is not a folder; create it")
    check_outputs([path], inputs)


def _keys(path: str | Path) -> list[object]:
    """Keys that two paths of the same file share."""
    real = os.path.normcase(os.path.realpath(path))
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return [real]
    return [real, (status.st_dev, status.st_ino)]
