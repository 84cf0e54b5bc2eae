"""Finds users' modules and files that gin files name, also beside the gin file."""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from mpvn.errors import InputError
from mpvn.runs.bindings import forget_functions_of

# In a run folder: copies of what its settings name, see `mpvn.runs.kept`.
KEPT = "kept"

_folders: list[Path] = []
_added: set[Path] = set()  # of these, the ones added to Python's path only here


def look_beside(gin_files: Sequence[str]) -> None:
    """Sets where modules and files are looked for: the current folder, and then beside these gin files.

    Of a run folder, whose settings are such a file, that is also where it keeps copies.
    """
    beside = [folder for file in gin_files for folder in (Path(file).parent, Path(file).parent / KEPT)]
    _folders[:] = dict.fromkeys(folder.resolve() for folder in (Path(), *beside) if folder.is_dir())
    _forget(_added - set(_folders))
    for folder in map(str, _folders):
        # After all others, so that no user file replaces an installed package.
        if folder not in sys.path:
            sys.path.append(folder)
            _added.add(Path(folder))


def _forget(left: set[Path]) -> None:
    """Removes modules of folders that no longer count: another run may use the same names."""
    _added.difference_update(left)
    sys.path[:] = [place for place in sys.path if place not in map(str, left)]
    homes = {name: home_of(module) for name, module in list(sys.modules.items()) if "." not in name}
    importlib.invalidate_caches()
    gone = {name for name, home in homes.items() if home in left}
    inside = {name for name in sys.modules if name.split(".")[0] in gone}
    forget_functions_of(inside)
    for name in inside:
        sys.modules.pop(name, None)


def home_of(module: ModuleType) -> Path | None:
    """The folder that a top-level module or package of Python code lies in."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or not file.endswith(".py"):
        return None
    path = Path(file).resolve()
    return path.parent.parent if path.name == "__init__.py" else path.parent


def folders() -> tuple[Path, ...]:
    """Where modules and files are looked for, the first one first."""
    return tuple(_folders) or (Path().resolve(),)


def found(path: str) -> str:
    """The path of a file or folder that gin settings name.

    Raises:
        InputError: it does not exist.
    """
    for folder in folders():
        if os.path.exists(folder / path):
            return str(folder / path)
    where = " or ".join(map(repr, map(str, folders())))
    raise InputError(f"{path!r} does not exist: looked in {where}; give the path of a file, or an absolute path")
