"""Copies of files that a run's settings name, so that its folder is self-contained."""

import contextlib
import functools
import os
import shutil
import sys
import zlib
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

import gin

from mpvn.files import replace
from mpvn.runs.beside import KEPT, folders, found, home_of

OURS = ("mpvn", "sideways_tf")

_run: ContextVar["Run | None"] = ContextVar("run", default=None)


class Run:
    """The copies of a run.

    Args:
        model_dir: the run folder.
    """

    def __init__(self, model_dir: str | Path) -> None:
        self.folder = Path(model_dir) / KEPT
        self.sources: dict[Path, str] = {}  # copies still to be made

    def keep(self) -> None:
        """Makes the missing copies, once the files have been used."""
        for copy, source in self.sources.items():
            self.folder.mkdir(parents=True, exist_ok=True)
            replace(copy, functools.partial(shutil.copyfile, source))
        self.sources.clear()

    def __bool__(self) -> bool:
        """Whether the run's network came from a file."""
        copies = [*self.folder.glob("*"), *self.sources]
        return any(copy.suffix in (".keras", ".h5") for copy in copies)


@contextlib.contextmanager
def of_run(model_dir: str | Path) -> Iterator[Run]:
    """Within the block, `kept` uses the copies of this run folder."""
    run = Run(model_dir)
    token = _run.set(run)
    try:
        yield run
    finally:
        _run.reset(token)


def kept(path: str) -> str:
    """The path of a run's own copy of a file; without a copy, or outside of runs, the path of the file itself.

    Raises:
        InputError: neither a copy nor the file exists.
    """
    run = _run.get()
    if run is None:
        return found(path)
    # Two files of the same name may be in different folders.
    name, dot, ending = os.path.basename(path).partition(".")
    copy = run.folder / f"{name}-{zlib.crc32(path.encode()):08x}{dot}{ending}"
    if copy.exists():
        return str(copy)
    run.sources[copy] = found(path)
    return run.sources[copy]


def is_copy(path: str) -> bool:
    """Whether `kept` returned a run's own copy."""
    return Path(path).parent.name == KEPT


def keep_modules(model_dir: str | Path) -> None:
    """Copies the user's modules that the gin settings import, and used modules beside them."""
    lines = [line for line in gin.config_str().splitlines() if line.startswith(("import ", "from "))]
    imported = {line.split()[1].split(".")[0] for line in lines} - set(OURS)
    beside = {home_of(sys.modules[name]) for name in imported if name in sys.modules} & set(folders())
    if not beside:
        return  # used modules do not have to be searched among thousands
    target = (Path(model_dir) / KEPT).resolve()
    for name, module in list(sys.modules.items()):
        home = None if "." in name or name in OURS else home_of(module)
        if home is None or home not in beside or home == target:
            continue
        target.mkdir(parents=True, exist_ok=True)
        file = Path(str(module.__file__))
        if file.name == "__init__.py":
            shutil.copytree(file.parent, target / name, dirs_exist_ok=True, ignore=_no_code)
        else:
            shutil.copyfile(file, target / file.name)


def _no_code(folder: str, names: list[str]) -> list[str]:
    """The entries of a package's folder that are neither Python code nor folders."""
    return [name for name in names if not (name.endswith(".py") or os.path.isdir(os.path.join(folder, name)))]
