"""Measures speed and memory, each setting in a process of its own, and prints ratios; checks converted models.

python -m mpvn.benchmark --suite=throughput --output_dir=runs/benchmark
python -m mpvn.benchmark --suite=conversion --networks=DenseNet121,VGG16
"""

import sys

from absl import flags

from mpvn import cli

SUITES = ("throughput", "streaming", "memory", "conversion")
flags.DEFINE_enum("suite", None, SUITES, f"What to measure: {', '.join(SUITES)}.")
flags.DEFINE_string("output_dir", None, "Where CSV, Markdown and pictures go; nothing is written without it.")
flags.DEFINE_list(
    "networks", "par_densenet,par_inception", "Networks to measure; for conversion by default all of its list."
)
flags.DEFINE_list(
    "sizes", "112,224", "Heights and widths of frames, in pixels; for conversion by default the smallest possible."
)
flags.DEFINE_list("threads", None, "Thread settings to try, as intra:inter, such as 1:1,1:2; by default several.")
flags.DEFINE_list("subnetworks", None, "Numbers of subnetworks, the sequential 1 first; by default the paper's.")
flags.DEFINE_float("width", 1.0, "Width multiplier.", lower_bound=0.001)
flags.DEFINE_integer("repeats", 5, "Measurements per process; the median counts.", lower_bound=1)
flags.DEFINE_integer("rounds", 1, "How often all is measured in turn.", lower_bound=1)


def main():
    from pathlib import Path

    from mpvn.benchmarks import conversion, memory, streaming, tables, throughput
    from mpvn.errors import InputError

    values = flags.FLAGS
    converts = values.suite == "conversion"
    networks, known = values.networks, conversion.NETWORKS if converts else throughput.LEVELS
    if converts and not values["networks"].present:
        networks = list(known)
    for name in networks:
        if name not in known:
            raise InputError(f"network {name!r} is not measured: expected some of {', '.join(known)}")
    if not all(size.isdigit() and int(size) > 0 for size in values.sizes):
        raise InputError(f"sizes={','.join(values.sizes)}: expected whole numbers of pixels, such as 112,224")
    sizes = [int(size) for size in values.sizes]
    options = {}
    if values.threads:
        pairs = [setting.split(":") for setting in values.threads]
        if not all(len(pair) == 2 and all(n.isdigit() and int(n) > 0 for n in pair) for pair in pairs):
            raise InputError(f"threads={','.join(values.threads)}: expected pairs intra:inter, such as 1:1,1:2")
        options["threads"] = [(int(intra), int(inter)) for intra, inter in pairs]
    if values.subnetworks:
        first = "1" if not converts else values.subnetworks[0]
        if values.subnetworks[0] != first or not all(n.isdigit() and int(n) > 0 for n in values.subnetworks):
            begin = "" if converts else " that begin with 1"
            raise InputError(f"subnetworks={','.join(values.subnetworks)}: expected numbers{begin}, such as 1,14")
        levels = [int(n) for n in values.subnetworks]
        options["levels"] = levels if converts else dict.fromkeys(networks, levels)
    if values.output_dir:
        Path(values.output_dir).mkdir(parents=True, exist_ok=True)

    def report(name, title, rows, notes):
        if values.output_dir:
            tables.report(values.output_dir, name, title, rows, notes)
        else:
            tables.show(title, rows, notes)

    if values.suite == "throughput":
        rows = throughput.run(networks, sizes, values.width, repeats=values.repeats, rounds=values.rounds, **options)
        report("throughput", "Throughput", rows, throughput.notes())
        if values.output_dir:
            throughput.plot(rows, Path(values.output_dir) / "throughput.png")
    elif values.suite == "memory":
        report("memory", "Peak memory of training", memory.run(), memory.notes())
    elif converts:
        options.pop("threads", None)
        rows = conversion.run(networks, sizes=sizes if values["sizes"].present else None, **options)
        report("conversion", "Conversion of Keras models", rows, conversion.notes())
        if any(row["equal"] != "yes" for row in rows):
            print("error: some outputs are not those of Keras", file=sys.stderr)
            sys.exit(1)
    else:
        rows = streaming.run(networks, sizes, values.width, repeats=values.repeats, **options)
        report("streaming", "Streaming", rows, streaming.notes())
        report("streaming_memory", "Memory of a stream", streaming.memory(), streaming.notes()[:1])


if __name__ == "__main__":
    cli.run(main, __doc__, required=("suite",))
