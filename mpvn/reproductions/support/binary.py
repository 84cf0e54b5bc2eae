"""The binaries that make tables and figures: their flags, and the call of a result."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command
from mpvn.errors import InputError
from mpvn.reproductions.support import files
from mpvn.reproductions.support.result import FORMATS, Request, names_of, result_of, results_of

SCALES = ("smoke", "small", "paper")
ALL = "all"


def command(package: ModuleType, description: str) -> Command:
    """The command that makes a result of a package.

    Args:
        package: whose modules are the results; its `FOLDERS` are those of their settings.
        description: what `--help` begins with.
    """

    def define(values: FlagValues) -> None:
        names = names_of(package)
        kinds = "smoke (minutes; its numbers mean nothing), small (two cores, within hours) or paper (GPUs"
        kinds += "".join(f"; {name} needs {', '.join(settings)}" for name, settings in _needs_of_all(package).items())
        out = "Where tables, pictures and runs go; what is finished is not run again."
        what = f"What to make: {', '.join(names)}; or all of them, each in a folder of its own, with a page."
        flags.DEFINE_enum("result", None, [*names, ALL], what, flag_values=values)
        flags.DEFINE_enum("scale", "small", SCALES, f"{kinds}).", flag_values=values)
        flags.DEFINE_string("output_dir", None, out, flag_values=values)
        further = f"Beside CSV, Markdown and PNG: {', '.join(FORMATS)}, separated by commas."
        flags.DEFINE_list("format", [], further, flag_values=values)

    def main(values: FlagValues) -> None:
        for form in values.format:
            if form not in FORMATS:
                raise InputError(f"--format={form} is not known: expected some of {', '.join(FORMATS)}")
        folder = Path(values.output_dir).absolute()
        request = Request(values.scale, folder, values.gin_param, gin_files=values.gin_file, formats=values.format)
        if values.result == ALL:
            make_all(package, request)
        else:
            make(package, values.result, request)

    return Command(main, description, define, required=("result", "output_dir"))


def make_all(package: ModuleType, request: Request) -> None:
    """Makes every result that a scale has, each in a folder of its name, and a page of all tables.

    Raises:
        InputError: the request has what only some results take.
    """
    if request.params or request.gin_files:
        raise InputError(f"--gin_param and --gin_file are for one result: leave them out with --result={ALL}")
    made = []
    for name in names_of(package):
        if _settings_of(package, name) and _folder(package, name, request.scale) is None:
            print(f"{name} has no scale {request.scale!r}")
        elif missing := _missing(package, name, request):
            print(f"{name} is left out: it needs {', '.join(missing)}")
        else:
            make(package, name, replace(request, folder=request.folder / name))
            made.append(name)
    page = request.folder / "README.md"
    page.write_text("\n".join(_page(request.folder / name) for name in made), encoding="utf-8")
    print(f"all of them: {page}")


def make(package: ModuleType, name: str, request: Request) -> None:
    """Makes a result of a package.

    Raises:
        InputError: the result does not take what the request has, or lacks what its scale needs.
    """
    result = result_of(package, name)
    own, of_runs = _own_and_of_runs(package, name, request.params)
    paths = [Path(path).absolute() for path in request.gin_files]
    if paths and not result.takes_rows:
        takes = [other for other, found in results_of(package).items() if found.takes_rows]
        raise InputError(
            f"--gin_file is a further row, which {name} does not take: use it with {', '.join(takes)}, or --gin_param"
        )
    for path in paths:
        if not path.is_file():
            raise InputError(f"gin file {str(path)!r} is not there: give the path of a file with a row's settings")
    if len({path.stem for path in paths}) < len(paths):
        raise InputError("several --gin_file have one name, which is their row's: rename all but one")
    if missing := _missing(package, name, request):
        given = " ".join(f"--gin_param='{setting}={example}'" for setting, example in missing.items())
        raise InputError(f"scale {request.scale!r} of {name} needs data that are not known yet: give {given}")
    if request.scale == "smoke":
        print(f"{name} at scale smoke shows that it runs; its numbers mean nothing")
    new = not request.folder.exists()
    request.folder.mkdir(parents=True, exist_ok=True)
    try:
        result.run(replace(request, params=of_runs, own=own, gin_files=tuple(paths)))
    except InputError:
        if new and not any(request.folder.iterdir()):  # wrong settings leave nothing behind
            request.folder.rmdir()
        raise


def _own_and_of_runs(package: ModuleType, name: str, params: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Splits gin settings into those of the result itself and those of its runs.

    Raises:
        InputError: one belongs to another result, or there are no runs.
    """
    result = result_of(package, name)
    groups = [group for one in (name, *result.shares) for group in _settings_of(package, one)]
    own, of_runs = [], []
    for param in params:
        group = _name_of(param.split("=", 1)[0].strip().rpartition(".")[0])
        if group in map(_name_of, groups):
            own.append(param)
        elif result.made_of_runs and group not in names_of(package):
            of_runs.append(param)
        else:
            has = f"has the settings {', '.join(f'{group}.…' for group in groups)}" if groups else "has none"
            raise InputError(f"--gin_param={param} is no setting of {name}, which {has}")
    return tuple(own), tuple(of_runs)


def _name_of(selector: str) -> str:
    """What gin calls a function, without scopes and modules."""
    return selector.split("/")[-1].split(".")[-1]


def _settings_of(package: ModuleType, name: str) -> list[str]:
    """What gin calls the settings of a result; none if it has no file of settings."""
    return [f"{folder}.{name}" for folder in package.FOLDERS if (files.SETTINGS / folder / name).is_dir()]


def _folder(package: ModuleType, name: str, scale: str) -> str | None:
    """Where the settings of a result are, if it has the scale."""
    folders = (f"{folder}/{name}" for folder in package.FOLDERS)
    return next((folder for folder in folders if (files.SETTINGS / folder / f"{scale}.gin").is_file()), None)


def _needs(package: ModuleType, name: str, scale: str) -> dict[str, str]:
    folder = _folder(package, name, scale)
    return files.needs(folder, scale) if folder else {}


def _needs_of_all(package: ModuleType) -> dict[str, Sequence[str]]:
    """{result: gin settings that it needs at the largest scale}."""
    needs = {name: list(_needs(package, name, SCALES[-1])) for name in names_of(package)}
    return {name: found for name, found in needs.items() if found}


def _missing(package: ModuleType, name: str, request: Request) -> dict[str, str]:
    """Gin settings that a result needs and that are not given, with examples."""
    given = {param.split("=", 1)[0].strip() for param in request.params}
    needs = _needs(package, name, request.scale)
    # A setting without a scope holds in all of them.
    return {name: example for name, example in needs.items() if not {name, name.split("/")[-1]} & given}


def _page(folder: Path) -> str:
    """The tables of a result with its pictures."""
    tables = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))]
    pictures = [f"![{path.stem}]({folder.name}/{path.name})\n" for path in sorted(folder.glob("*.png"))]
    return "\n".join([*tables, *pictures])
