"""What gin files name: modules of the user's, and files. They are found beside the gin file, too."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mpvn.errors import InputError

# In a run folder: copies of what its settings name, see `mpvn.runs.kept`.
KEPT = "kept"

_folders: list[Path] = []


def look_beside(gin_files: Sequence[str]) -> None:
    """From now on modules and files are looked for where the command was started, and then beside these gin files.

    Of a run folder, whose settings are such a file, that is also where it keeps copies.
    """
    beside = [folder for file in gin_files for folder in (Path(file).parent, Path(file).parent / KEPT)]
    _folders[:] = dict.fromkeys(folder.resolve() for folder in (Path(), *beside) if folder.is_dir())
    for folder in map(str, _folders):
        # Behind all others, so that no file of a user's takes the place of an installed package.
        if folder not in sys.path:
            sys.path.append(folder)


def folders() -> tuple[Path, ...]:
    """Where modules and files are looked for, the first one first."""
    return tuple(_folders) or (Path().resolve(),)


def found(path: str) -> str:
    """Where a file or folder is that gin settings name.

    Raises:
        InputError: nowhere.
    """
    for folder in folders():
        if os.path.exists(folder / path):
            return str(folder / path)
    where = " or ".join(map(repr, map(str, folders())))
    raise InputError(f"{path!r} is not there: looked in {where}; give the path of a file, or a full one")
