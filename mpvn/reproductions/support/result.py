"""What a result is, and the results of a package.

Every module that stands directly in a package of reproductions is a result: it is named after it, and ends with
`RESULT = Result(run, ...)`. What results share is in sub-packages.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from mpvn.results import tables

TEX = "tex"
FORMATS = (TEX, "pdf", "svg")  # of tables, and of pictures that are drawn


@dataclass(frozen=True)
class Request:
    """What a user wants of a result.

    Attributes:
        scale: `"smoke"`, `"small"` or `"paper"`.
        folder: where tables, pictures and runs go.
        params: gin settings for every run, `NAME=VALUE`.
        own: gin settings that replace those of the result itself at its scale.
        gin_files: each is a further row: the result's base setting with the settings of the file on top.
        formats: further ones beside CSV, Markdown and PNG, among `FORMATS`.
    """

    scale: str
    folder: Path
    params: Sequence[str] = ()
    own: Sequence[str] = ()
    gin_files: Sequence[Path] = ()
    formats: Sequence[str] = ()

    @property
    def of_pictures(self) -> Sequence[str]:
        """The further formats of pictures."""
        return [form for form in self.formats if form != TEX]

    def report(
        self,
        name: str,
        title: str,
        rows: Sequence[Mapping[str, Any]],
        notes: Sequence[str] = (),
        pictures: Sequence[Path] = (),
        runs: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Prints a table, and writes it as `<name>.csv`, `<name>.md` and what else is wanted.

        Args:
            name: of the files.
            title: of the table.
            rows: of the table.
            notes: below it.
            pictures: that belong to it.
            runs: a row of numbers for every run that it is made from, for `<name>_runs.csv`.
        """
        if runs:
            tables.write_csv(self.folder / f"{name}_runs.csv", runs)
        tables.report(self.folder, name, title, rows, notes, pictures, tex=TEX in self.formats)


@dataclass(frozen=True)
class Result:
    """A table or figure that can be made.

    Attributes:
        run: makes it.
        made_of_runs: whether it is made of training runs, whose settings are gin's.
        takes_rows: whether a gin file can be a further row.
        shares: names of further settings that it reads beside its own, such as `"streams"`.
    """

    run: Callable[[Request], None]
    made_of_runs: bool = False
    takes_rows: bool = False
    shares: Sequence[str] = ()


def names_of(package: ModuleType) -> list[str]:
    """The names of a package's results, in alphabetical order; nothing is imported."""
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg)


def result_of(package: ModuleType, name: str) -> Result:
    """One of the results of a package, by its name."""
    return importlib.import_module(f"{package.__name__}.{name}").RESULT


def results_of(package: ModuleType) -> dict[str, Result]:
    """All results of a package by name."""
    return {name: result_of(package, name) for name in names_of(package)}
