"""Measures speed and memory, each setting in a process of its own, and prints ratios; checks converted models.

python -m mpvn.benchmark --suite=throughput --output_dir=runs/benchmark
python -m mpvn.benchmark --suite=conversion --networks=DenseNet121,VGG16
"""

import functools
import sys

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command

# The flags beside --output_dir that each suite heeds.
SUITES = {
    "throughput": ("networks", "sizes", "threads", "subnetworks", "width", "repeats", "rounds"),
    "streaming": ("networks", "sizes", "threads", "subnetworks", "phases", "width", "repeats"),
    "memory": ("networks", "sizes", "width"),
    "phases": ("networks", "sizes", "subnetworks", "width"),
    "skips": ("networks", "sizes", "width", "repeats", "rounds"),
    "conversion": ("networks", "sizes", "subnetworks"),
    "resuming": ("kills",),
    "devices": ("networks", "sizes", "width", "repeats", "rounds", "batch", "frames", "link"),
}


def define(values: FlagValues) -> None:
    text = functools.partial(flags.DEFINE_string, flag_values=values)
    several = functools.partial(flags.DEFINE_list, flag_values=values)
    one_of = functools.partial(flags.DEFINE_enum, flag_values=values)
    whole = functools.partial(flags.DEFINE_integer, flag_values=values)
    number = functools.partial(flags.DEFINE_float, flag_values=values)
    one_of("suite", None, list(SUITES), f"What to measure: {', '.join(SUITES)}.")
    text("output_dir", None, "Where CSV, Markdown and pictures go; nothing is written without it.")
    several("networks", None, "Networks to measure; by default those of the suite.")
    several("sizes", None, "Heights and widths of frames, in pixels; by default those of the suite.")
    several("threads", None, "Thread settings to try, as intra:inter, such as 1:1,1:2; by default several.")
    several("subnetworks", None, "Numbers of subnetworks, the sequential 1 first; by default the suite's.")
    one_of("phases", "staggered", ("staggered", "zero", "level"), "Phases of clocks, for --suite=streaming.")
    number("width", 1.0, "Width multiplier.", lower_bound=0.001)
    whole("repeats", 5, "Measurements per process; the median counts.", lower_bound=1)
    whole("rounds", 1, "How often all is measured in turn.", lower_bound=1)
    whole("batch", 8, "Clips, for --suite=devices.", lower_bound=1)
    whole("frames", 64, "Frames of a clip, for --suite=devices.", lower_bound=1)
    text("link", None, "latency:bandwidth between devices, s and bytes/s, such as 5e-6:12e9; else measured.")
    whole("kills", 20, "How often training is killed, for --suite=resuming.", lower_bound=1)


def main(values: FlagValues) -> None:
    from pathlib import Path

    from mpvn.benchmarks import conversion, phases, resuming, streaming, throughput
    from mpvn.errors import InputError
    from mpvn.results import tables
    from sideways_tf.benchmarks import devices, memory, skips

    suite, heeded = values.suite, SUITES[values.suite]
    for name in sorted({name for names in SUITES.values() for name in names}):
        if values[name].present and name not in heeded:
            raise InputError(f"--{name} is not for suite {suite!r}, which heeds {', '.join(heeded)}: leave it out")
    trained = ("memory", "skips", "devices")  # suites that train
    known = {
        **dict.fromkeys(trained, memory.SUBNETWORKS),
        "devices": [*memory.SUBNETWORKS, *throughput.LEVELS],
        "conversion": conversion.NETWORKS,
    }.get(suite, throughput.LEVELS)
    networks = values.networks or (["simple_cnn"] if suite in trained else list(known))
    for name in networks:
        if name not in known:
            raise InputError(f"network {name!r} is not measured: expected some of {', '.join(known)}")
    # Converted networks have sizes of their own.
    usual = {**dict.fromkeys(trained, ["64"]), "phases": ["112"], "conversion": []}
    sizes = values.sizes or usual.get(suite, ["112", "224"])
    if not all(_is_whole(size) for size in sizes):
        raise InputError(f"sizes={','.join(sizes)}: expected whole numbers of pixels, such as 112,224")
    sizes = [int(size) for size in sizes]
    options = {}
    if values.threads:
        pairs = [setting.split(":") for setting in values.threads]
        if not all(len(pair) == 2 and all(map(_is_whole, pair)) for pair in pairs):
            raise InputError(f"threads={','.join(values.threads)}: expected pairs intra:inter, such as 1:1,1:2")
        options["threads"] = [(int(intra), int(inter)) for intra, inter in pairs]
    if values.subnetworks:
        begin, given = "" if suite == "conversion" else " that begin with 1", ",".join(values.subnetworks)
        if not all(map(_is_whole, values.subnetworks)) or begin and values.subnetworks[0] != "1":
            raise InputError(f"subnetworks={given}: expected numbers{begin}, such as 1,14")
        levels = [int(n) for n in values.subnetworks]
        options["levels"] = levels if suite == "conversion" else dict.fromkeys(networks, levels)
    if values.output_dir:
        Path(values.output_dir).mkdir(parents=True, exist_ok=True)

    def report(name, title, rows, notes):
        if values.output_dir:
            tables.report(values.output_dir, name, title, rows, notes)
        else:
            tables.show(title, rows, notes)

    if suite == "throughput":
        rows = throughput.run(networks, sizes, values.width, repeats=values.repeats, rounds=values.rounds, **options)
        report("throughput", "Throughput", rows, throughput.notes())
        if values.output_dir:
            throughput.plot(rows, Path(values.output_dir) / "throughput.png")
    elif suite == "memory":
        report("memory", "Peak memory of training", memory.run(networks, sizes, values.width), memory.notes())
    elif suite == "skips":
        rows = skips.run(networks, sizes, values.width, values.repeats, values.rounds)
        report("skips", "Skip connections in training", rows, skips.notes())
    elif suite == "devices":
        if len(sizes) > 1:
            raise InputError(f"sizes={','.join(map(str, sizes))}: --suite=devices heeds one size, such as 64")
        link, shape = _link(values.link), (sizes[0], values.width, values.batch, values.frames)
        found, link = devices.run(networks, *shape, link, values.repeats, values.rounds, report)
        if values.output_dir:
            print(f"written to {devices.plot(found, link, Path(values.output_dir) / 'devices.png')}")
    elif suite == "resuming":
        report("resuming", "Killed and resumed", resuming.run(values.kills), resuming.notes())
    elif suite == "phases":
        report("phases", "Phases of clocks", phases.run(networks, sizes, values.width, **options), phases.notes())
    elif suite == "conversion":
        rows = conversion.run(networks, sizes=sizes or None, **options)
        report("conversion", "Conversion of Keras models", rows, conversion.notes())
        if any(row["equal"] != "yes" for row in rows):
            print("error: some outputs are not those of Keras", file=sys.stderr)
            sys.exit(1)
    else:
        rows = streaming.run(networks, sizes, values.width, repeats=values.repeats, phases=values.phases, **options)
        report("streaming", "Streaming", rows, streaming.notes())
        report("streaming_memory", "Memory of a stream", streaming.memory(), streaming.notes()[:1])


def _link(text: str | None):
    """The link that is given, or None."""
    from mpvn.devices.forecast import Link
    from mpvn.errors import InputError

    if text is None:
        return None
    try:
        latency, bandwidth = map(float, text.split(":"))
    except ValueError:
        raise InputError(f"link={text!r}: expected latency:bandwidth in s and bytes/s, such as 5e-6:12e9") from None
    return Link(latency, bandwidth)


def _is_whole(text: str) -> bool:
    return text.isdigit() and int(text) > 0


COMMAND = Command(main, __doc__, define, required=("suite",))

if __name__ == "__main__":
    COMMAND.run()
