"""Checks of an export before anything is loaded."""

from collections.abc import Sequence
from pathlib import Path

from mpvn.errors import InputError
from mpvn.exporting.kinds import check_formats


def check_arguments(folder: str | Path, formats: Sequence[str], precision: str, calibration: object | None) -> None:
    """Raises InputError if a format or int8 lacks what it needs, or the folder already exists."""
    check_formats(formats)
    if precision == "int8" and calibration is None:
        raise InputError("int8 needs typical video to determine ranges: give calibration frames")
    check_new(Path(folder))


def check_new(folder: Path) -> None:
    """Raises InputError if a folder already exists, unless it is empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} already exists: give a new folder, or remove it")
