"""The settings of reproductions: gin files by result and scale."""

from collections.abc import Iterable
from typing import TypeVar

import gin

from mpvn.errors import InputError
from mpvn.reproductions.support.files import CONFIGS, SETTINGS
from mpvn.reproductions.support.result import Request
from mpvn.runs.settings import parse_gin

Settings = TypeVar("Settings")


def read(kind: type[Settings], result: str, request: Request, missing: str = "") -> Settings:
    """The settings of a result, from `gin_configs/reproductions/<result>/<scale>.gin` and the request.

    Args:
        kind: what gin makes of the file: a dataclass of the result.
        result: the folder of its files, such as `"mpvn/table1"`.
        request: names the scale, and has settings that replace those of the file.
        missing: why there is no file of a scale, for the error.

    Raises:
        InputError: the result has no such scale, or a setting is unknown or has a value that is not expected.
    """
    path = SETTINGS / result / f"{request.scale}.gin"
    if not path.is_file():
        scales = ", ".join(sorted(file.stem for file in path.parent.glob("*.gin") if "_" not in file.stem))
        raise InputError(f"scale {request.scale!r} of {result} {missing or 'has no settings'}: use one of {scales}")
    gin.clear_config()
    try:
        parse_gin([str(path)], request.own)
        return kind()
    finally:
        gin.clear_config()


def words(gin_file: str) -> str:
    """What a gin file of `gin_configs` sets, on one line for the notes of a table."""
    lines = (line.strip() for line in (CONFIGS / gin_file).read_text().splitlines())
    return ", ".join(line.replace(" = ", "=", 1) for line in lines if line and not line.startswith("#"))


def check_names(setting: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raises an InputError for the first name in a setting that is not among those it refers to."""
    known = list(known)
    for name in names:
        if name not in known:
            raise InputError(f"{setting}: {name!r} is not known: expected some of {', '.join(known)}")
