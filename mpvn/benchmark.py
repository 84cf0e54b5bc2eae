"""Measures speed and memory, each setting in a process of its own, and counts what ticks cost; prints ratios.

python -m mpvn.benchmark --suite=throughput --output_dir=runs/benchmark
"""

from absl import flags

from mpvn import cli

# What each suite measures by default, and the flags beside --output_dir that it heeds.
SUITES = {
    "throughput": (
        "par_densenet,par_inception",
        "112,224",
        ("networks", "sizes", "threads", "subnetworks", "width", "repeats", "rounds"),
    ),
    "streaming": (
        "par_densenet,par_inception",
        "112,224",
        ("networks", "sizes", "threads", "subnetworks", "phases", "width", "repeats"),
    ),
    "memory": ("simple_cnn", "64", ("networks", "sizes", "width")),
    "phases": ("par_densenet,par_inception", "112", ("networks", "sizes", "subnetworks", "width")),
}
flags.DEFINE_enum("suite", None, list(SUITES), f"What to measure: {', '.join(SUITES)}.")
flags.DEFINE_string("output_dir", None, "Where CSV, Markdown and pictures go; nothing is written without it.")
flags.DEFINE_list("networks", None, "Networks to measure; by default those of the suite.")
flags.DEFINE_list("sizes", None, "Heights and widths of frames, in pixels; by default those of the suite.")
flags.DEFINE_list("threads", None, "Thread settings to try, as intra:inter, such as 1:1,1:2; by default several.")
flags.DEFINE_list("subnetworks", None, "Numbers of subnetworks, the sequential 1 first; by default the paper's.")
flags.DEFINE_enum("phases", "staggered", ("staggered", "zero", "level"), "Phases of clocks, for --suite=streaming.")
flags.DEFINE_float("width", 1.0, "Width multiplier.", lower_bound=0.001)
flags.DEFINE_integer("repeats", 5, "Measurements per process; the median counts.", lower_bound=1)
flags.DEFINE_integer("rounds", 1, "How often all is measured in turn.", lower_bound=1)


def main():
    from pathlib import Path

    from mpvn.benchmarks import memory, phases, streaming, tables, throughput
    from mpvn.errors import InputError

    values = flags.FLAGS
    default_networks, default_sizes, heeded = SUITES[values.suite]
    for name in ("networks", "sizes", "threads", "subnetworks", "phases", "width", "repeats", "rounds"):
        if values[name].present and name not in heeded:
            raise InputError(
                f"--{name} is not for suite {values.suite!r}, which heeds {', '.join(heeded)}: leave it out"
            )
    networks = values.networks or default_networks.split(",")
    sizes = values.sizes or default_sizes.split(",")
    known = memory.SUBNETWORKS if values.suite == "memory" else throughput.LEVELS
    for name in networks:
        if name not in known:
            raise InputError(f"network {name!r} is not measured: expected some of {', '.join(known)}")
    if not all(size.isdigit() and int(size) > 0 for size in sizes):
        raise InputError(f"sizes={','.join(sizes)}: expected whole numbers of pixels, such as 112,224")
    sizes = [int(size) for size in sizes]
    options = {}
    if values.threads:
        pairs = [setting.split(":") for setting in values.threads]
        if not all(len(pair) == 2 and all(n.isdigit() and int(n) > 0 for n in pair) for pair in pairs):
            raise InputError(f"threads={','.join(values.threads)}: expected pairs intra:inter, such as 1:1,1:2")
        options["threads"] = [(int(intra), int(inter)) for intra, inter in pairs]
    if values.subnetworks:
        if values.subnetworks[0] != "1" or not all(n.isdigit() and int(n) > 0 for n in values.subnetworks):
            raise InputError(
                f"subnetworks={','.join(values.subnetworks)}: expected numbers that begin with 1, such as 1,14"
            )
        options["levels"] = {name: [int(n) for n in values.subnetworks] for name in networks}
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
        report("memory", "Peak memory of training", memory.run(networks, sizes, values.width), memory.notes())
    elif values.suite == "phases":
        report(
            "phases",
            "Phases of clocks",
            phases.run(networks, sizes, values.width, options.get("levels")),
            phases.notes(),
        )
    else:
        options["phases"] = values.phases
        rows = streaming.run(networks, sizes, values.width, repeats=values.repeats, **options)
        report("streaming", "Streaming", rows, streaming.notes())
        report("streaming_memory", "Memory of a stream", streaming.memory(), streaming.notes()[:1])


if __name__ == "__main__":
    cli.run(main, __doc__, required=("suite",))
