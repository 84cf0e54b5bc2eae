"""Measures speed and memory, each setting in a separate process, and prints ratios; checks converted models.

python -m mpvn.benchmark --suite=throughput --output_dir=runs/benchmark
python -m mpvn.benchmark --suite=conversion --networks=DenseNet121,VGG16
"""

from absl.flags import FlagValues

from mpvn.benchmarks.support import flags
from mpvn.benchmarks.support.suite import all_suites
from mpvn.cli import Command


def define(values: FlagValues) -> None:
    flags.define(values, all_suites())


def main(values: FlagValues) -> None:
    suites = all_suites()
    suites[values.suite].run(flags.read(values, suites))


COMMAND = Command(main, __doc__, define, required=("suite",), reads_settings=False)

if __name__ == "__main__":
    COMMAND.run()
