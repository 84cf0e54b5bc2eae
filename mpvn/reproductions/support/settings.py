"""The settings of reproductions: gin files by result and scale."""

from collections.abc import Sequence
from typing import TypeVar

import gin

from mpvn.errors import InputError
from mpvn.reproductions.support.files import CONFIGS, SETTINGS
from mpvn.runs.settings import parse_gin

Settings = TypeVar("Settings")


def read(kind: type[Settings], result: str, scale: str, missing: str = "", params: Sequence[str] = ()) -> Settings:
    """The settings of a result at a scale, from `gin_configs/reproductions/<result>/<scale>.gin`.

    Args:
        kind: what gin makes of the file: a dataclass of the result.
        result: the folder of its files, such as `"mpvn/table1"`.
        scale: name of the file.
        missing: why there is no file of a scale, for the error.
        params: gin settings that replace those of the file, `NAME=VALUE`.

    Raises:
        InputError: the result has no such scale, or the file names what does not exist.
    """
    path = SETTINGS / result / f"{scale}.gin"
    if not path.is_file():
        scales = ", ".join(sorted(file.stem for file in path.parent.glob("*.gin") if "_" not in file.stem))
        raise InputError(f"scale {scale!r} of {result} {missing or 'has no settings'}: use one of {scales}")
    gin.clear_config()
    try:
        parse_gin([str(path)], params)
        return kind()
    finally:
        gin.clear_config()


def words(gin_file: str) -> str:
    """What a gin file of `gin_configs` sets, on one line for the notes of a table."""
    lines = (line.strip() for line in (CONFIGS / gin_file).read_text().splitlines())
    return ", ".join(line.replace(" = ", "=", 1) for line in lines if line and not line.startswith("#"))
