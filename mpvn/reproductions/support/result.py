"""What a result is, and the results of a package.

Every module that stands directly in a package of reproductions is a result: it is named after it, and ends with
`RESULT = Result(run, ...)`. What results share is in sub-packages.
"""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True)
class Request:
    """What a user wants of a result.

    Attributes:
        scale: `"smoke"`, `"small"` or `"paper"`.
        folder: where tables, pictures and runs go.
        params: gin settings for every run, `NAME=VALUE`.
        gin_files: each is a further row: the result's base setting with the settings of the file on top.
    """

    scale: str
    folder: Path
    params: Sequence[str] = ()
    gin_files: Sequence[Path] = ()


@dataclass(frozen=True)
class Result:
    """A table or figure that can be made.

    Attributes:
        run: makes it.
        made_of_runs: whether it is made of training runs, whose settings are gin's.
        takes_rows: whether a gin file can be a further row.
    """

    run: Callable[[Request], None]
    made_of_runs: bool = False
    takes_rows: bool = False


def names_of(package: ModuleType) -> list[str]:
    """The names of a package's results, in alphabetical order; nothing is imported."""
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)


def result_of(package: ModuleType, name: str) -> Result:
    """One of the results of a package, by its name."""
    return importlib.import_module(f"{package.__name__}.{name}").RESULT


def results_of(package: ModuleType) -> dict[str, Result]:
    """All results of a package by name."""
    return {name: result_of(package, name) for name in names_of(package)}
