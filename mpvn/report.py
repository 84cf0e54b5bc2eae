"""Writes one self-explanatory HTML page on a network: units, schedule, costs, training, settings.

python -m mpvn.report --model_dir=runs/densenet --output=densenet.html
python -m mpvn.report --model_dir=network.keras --output=network.html
python -m mpvn.report --model_dir=runs/densenet/schedule.csv --output=schedule.html
"""

from pathlib import Path

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command


def define(values: FlagValues) -> None:
    flags.DEFINE_string("model_dir", None, "A run folder, a .keras file, or a schedule's CSV file.", flag_values=values)
    flags.DEFINE_string("output", None, "The HTML file to write; it is self-contained.", flag_values=values)


def main(values: FlagValues) -> None:
    from mpvn.errors import InputError
    from mpvn.files import replace
    from mpvn.reporting.page import of_facts
    from mpvn.reporting.sources import facts_of
    from mpvn.runs.outputs import check_outputs

    output = Path(values.output)
    if output.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--output={output}: expected a file name that ends in .html")
    if not output.parent.is_dir():
        raise InputError(f"--output={output} cannot be written: {str(output.parent)!r} is not a folder; create it")
    check_outputs([output], [values.model_dir])
    page = of_facts(facts_of(values.model_dir))
    replace(output, lambda path: path.write_text(page, encoding="utf-8"))
    print(f"written to {output}, {len(page.encode()) / 1e3:.0f} kB")


COMMAND = Command(main, __doc__, define, required=("model_dir", "output"), reads_settings=False)

if __name__ == "__main__":
    COMMAND.run()
