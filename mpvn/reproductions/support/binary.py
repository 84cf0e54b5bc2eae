"""The binaries that make tables and figures: their flags, and the call of a result."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command
from mpvn.errors import InputError
from mpvn.reproductions.support.result import FORMATS, Request, names_of, result_of, results_of

SCALES = ("smoke", "small", "paper")


def command(package: ModuleType, description: str) -> Command:
    """The command that makes a result of a package.

    Args:
        package: whose modules are the results.
        description: what `--help` begins with.
    """

    def define(values: FlagValues) -> None:
        names, kinds = names_of(package), "smoke (minutes), small (two cores, within hours) or paper (GPUs)."
        out = "Where tables, pictures and runs go; what is finished is not run again."
        flags.DEFINE_enum("result", None, names, f"What to make: {', '.join(names)}.", flag_values=values)
        flags.DEFINE_enum("scale", "small", SCALES, kinds, flag_values=values)
        flags.DEFINE_string("output_dir", None, out, flag_values=values)
        further = f"Beside CSV, Markdown and PNG: {', '.join(FORMATS)}, separated by commas."
        flags.DEFINE_list("format", [], further, flag_values=values)

    def main(values: FlagValues) -> None:
        folder = Path(values.output_dir).absolute()
        for form in values.format:
            if form not in FORMATS:
                raise InputError(f"--format={form} is not known: expected some of {', '.join(FORMATS)}")
        request = Request(values.scale, folder, values.gin_param, values.gin_file, values.format)
        make(package, values.result, request)

    return Command(main, description, define, required=("result", "output_dir"))


def make(package: ModuleType, name: str, request: Request) -> None:
    """Makes a result of a package.

    Raises:
        InputError: the result does not take what the request has.
    """
    result = result_of(package, name)
    if request.params and not result.made_of_runs:
        takes = [other for other, found in results_of(package).items() if found.made_of_runs]
        raise InputError(f"--gin_param is not for {name}, which has nothing to set: expected one of {', '.join(takes)}")
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
    request.folder.mkdir(parents=True, exist_ok=True)
    result.run(replace(request, params=tuple(request.params), gin_files=tuple(paths)))
