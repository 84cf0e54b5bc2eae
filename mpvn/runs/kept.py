"""What a run keeps of files that its settings name, so that its folder needs nothing but itself."""

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
    """The copies of one run.

    Args:
        model_dir: the run folder.
    """

    def __init__(self, model_dir: str | Path) -> None:
        self.folder = Path(model_dir) / KEPT
        self.sources: dict[Path, str] = {}  # of copies that are still to be made

    def keep(self) -> None:
        """Makes the copies that are not there yet: once what the files hold has been of use."""
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
    """Within the block `kept` knows the copies of this run folder."""
    run = Run(model_dir)
    token = _run.set(run)
    try:
        yield run
    finally:
        _run.reset(token)


def kept(path: str) -> str:
    """Where a run's own copy of a file is; where there is none yet, or outside of runs, where the file itself is.

    Raises:
        InputError: neither a copy nor the file is there.
    """
    run = _run.get()
    if run is None:
        return found(path)
    # Two files of one name may lie in different folders.
    name, dot, ending = os.path.basename(path).partition(".")
    copy = run.folder / f"{name}-{zlib.crc32(path.encode()):08x}{dot}{ending}"
    if copy.exists():
        return str(copy)
    run.sources[copy] = found(path)
    return run.sources[copy]


def is_copy(path: str) -> bool:
    """Whether `kept` gave a run's own copy."""
    return Path(path).parent.name == KEPT


def keep_modules(model_dir: str | Path) -> None:
    """Copies the user's modules that the gin settings import, and those that lie beside them and are in use."""
    lines = [line for line in gin.config_str().splitlines() if line.startswith(("import ", "from "))]
    imported = {line.split()[1].split(".")[0] for line in lines} - set(OURS)
    beside = {home_of(sys.modules[name]) for name in imported if name in sys.modules} & set(folders())
    if not beside:
        return  # what is in use need not be looked for, among thousands of modules
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
    """What of a package's folder is neither Python code nor a folder."""
    return [name for name in names if not (name.endswith(".py") or os.path.isdir(os.path.join(folder, name)))]
