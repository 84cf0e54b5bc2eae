"""The binaries that make tables and figures: flags, and which module makes what."""

import importlib
from collections.abc import Sequence
from pathlib import Path

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command
from mpvn.errors import InputError

SCALES = ("smoke", "small", "paper")


def command(package: str, results: Sequence[str], with_runs: Sequence[str], description: str) -> Command:
    """The command that makes one result.

    Args:
        package: that holds a module for every result, with a function `run(scale, folder, gin settings)`.
        results: their names.
        with_runs: those that are made of training runs, whose settings are gin's.
        description: what `--help` begins with.
    """

    def define(values: FlagValues) -> None:
        flags.DEFINE_enum("result", None, results, f"What to make: {', '.join(results)}.", flag_values=values)
        flags.DEFINE_enum(
            "scale",
            "small",
            SCALES,
            "smoke (minutes), small (two cores, within hours) or paper (GPUs).",
            flag_values=values,
        )
        flags.DEFINE_string(
            "output_dir",
            None,
            "Where tables, pictures and runs go; what is finished is not run again.",
            flag_values=values,
        )

    def main(values: FlagValues) -> None:
        if values.gin_file:
            raise InputError("--gin_file is not for reproductions, which bring their own: use --gin_param")
        if values.gin_param and values.result not in with_runs:
            raise InputError(
                f"--gin_param is not for {values.result}, which has nothing to set: expected one of "
                f"{', '.join(with_runs)}"
            )
        folder = Path(values.output_dir).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        importlib.import_module(f"{package}.{values.result}").run(values.scale, folder, values.gin_param)

    return Command(main, description, define, required=("result", "output_dir"))
