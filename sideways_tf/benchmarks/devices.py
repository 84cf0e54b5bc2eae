"""Speed on more devices: predicted from costs measured here, and checked against workers on this machine."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags
from absl.flags import FlagValues
from rich.progress import track

from mpvn.benchmarks import throughput
from mpvn.benchmarks.support.named import built, sizes_of
from mpvn.benchmarks.support.processes import measure
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.devices.forecast import Costs, Link, Overheads, Predictor
from mpvn.errors import InputError
from mpvn.results import tables
from mpvn.schedule import cuts as cutting
from sideways_tf.benchmarks import MEASUREMENTS, memory

DEVICES = tuple(range(1, 65))
SHOWN = (1, 2, 4, 8, 16, 32, 64)
MICRO_BATCHES = 32  # of GPipe and 1F1B; our choice
MESSAGES = (4, 2**16, 2**20, 2**22)  # bytes
CHECK_FORMATS = {
    "ticks/s": ".1f",
    "to one worker": ".2f",
    "beside the work, ms": ".2f",
    "predicted ticks/s": ".1f",
    "off by": "{:+.0f}%",
    "predicted to one": ".2f",
}
# (network, training, clocks, devices, the paper's ratio to one device): MPVN, Table 2 (GPUs); Sideways, Table 2.
PAPER = (
    ("simple_cnn", True, None, 6, 4.9),
    ("vgg8", True, None, 8, 6.0),
    ("par_densenet", False, None, 8, 3.8),
    ("par_densenet", False, "halving", 8, 7.4),
)


class Measured:
    """The measured costs of a network.

    Args:
        network, size, width: the network.
        batch: number of clips.
        repeats: number of measurements; medians count.
    """

    def __init__(self, network: str, size: int, width: float, batch: int, repeats: int) -> None:
        self.shared: dict[str, Any] = {"network": network, "size": size, "width": width, "batch": batch}
        self.repeats = repeats
        self.network = built(network, size, width, num_classes=101)
        self._measured: dict[int, list[Costs]] = {}
        self.measure_costs(1)

    def measure_costs(self, cores: int) -> None:
        """Measures the costs once more, on so many cores at once: they share the machine's memory."""

        def once(_: int) -> Costs:
            return Costs(**measure("unit_costs", 1, 1, MEASUREMENTS, repeats=self.repeats, **self.shared))

        with ThreadPoolExecutor(cores) as pool:
            self._measured.setdefault(cores, []).extend(pool.map(once, range(cores)))

    def costs(self, cores: int = 1) -> Costs:
        """Medians of all measurements with so many cores at work."""
        return Costs.medians(self._measured[cores])

    def predictor(
        self, link: Link, clocks: str | None = None, overheads: Overheads | None = None, cores: int = 1
    ) -> Predictor:
        """With clocks, a unit costs what it costs per tick on average."""
        measured = self.costs(cores)
        periods = {u.name: u.period for u in self.network.parallel(1, clocks=clocks).schedule.units}
        costs = Costs(
            {name: cost / periods[name] for name, cost in measured.forward.items()},
            {name: cost / periods[name] for name, cost in measured.backward.items()},
            {name: size / periods[name] for name, size in measured.bytes_of.items()},
            measured.weight_bytes,
            {name: cost / periods[name] for name, cost in measured.adding.items()},
        )
        return Predictor(self.network.schedule, costs, link, overheads)

    def boundaries(self, devices: int) -> list[str]:
        """Units that begin a subnetwork in the cut that is predicted."""
        return cutting.boundaries(self.network.wiring.names, list(self.cut(devices).values()))

    def cut(self, devices: int) -> dict[str, int]:
        """{unit name: device} of the cut that balances the work of training."""
        names = self.network.wiring.names
        return dict(zip(names, cutting.balanced(names, devices, self.costs().total), strict=True))


def run(request: Request) -> None:
    """Measures costs, predicts from them, checks small networks against workers of this machine, and reports all.

    Raises:
        InputError: more than one size is given, or the link is invalid.
    """
    values, link = request.flags, link_of(request.flags.link)
    if len(request.sizes) > 1:
        raise InputError(f"sizes={','.join(map(str, request.sizes))}: --suite=devices takes one size, such as 64")
    measurements = [
        Measured(name, sizes_of(name, request.sizes)[0], values.width, values.batch, 5 * values.repeats)
        for name in request.networks
    ]
    sent = None
    if link is None:
        link, sent = link_between_workers(values.repeats)
    between = Link() if sent is None else link  # the given link is not that of this machine
    about = notes(measurements[0], link, values.frames, sent is not None)
    if sent is not None:
        request.report("devices_messages", "Messages between two workers", sent, about)
    small = [measured for measured in measurements if measured.shared["network"] in memory.SUBNETWORKS]
    rows = [row for measured in small for row in check(measured, values.frames, values.repeats, values.rounds)]
    if rows:
        about_here = notes(measurements[0], between, values.frames, sent is not None)
        title = "Predictions beside one and two workers of this machine"
        request.report("devices_check", title, tables.Rows(rows, CHECK_FORMATS), about_here)
    rows = [row for measured in measurements for row in rows_of(measured, link)]
    formats = {name: ".3g" for name, cell in rows[0].items() if isinstance(cell, float)}
    request.report("devices", "Predicted ticks per second", tables.Rows(rows, formats), about)
    rows = published({measured.shared["network"]: measured for measured in measurements}, link)
    if rows:
        title = "The papers' GPUs beside predictions from our costs"
        formats = {name: ".2f" for name in rows[0] if name.startswith("predicted, ")}
        request.report("devices_papers", title, tables.Rows(rows, formats), about)
    if request.folder:
        print(f"written to {plot(measurements, link, request.folder / 'devices.png')}")


def link_of(text: str | None) -> Link | None:
    """The link given as `latency:bandwidth`, in s and bytes/s, or None.

    Raises:
        InputError: the text has another form.
    """
    if text is None:
        return None
    try:
        latency, bandwidth = map(float, text.split(":"))
    except ValueError:
        raise InputError(f"link={text!r}: expected latency:bandwidth in s and bytes/s, such as 5e-6:12e9") from None
    return Link(latency, bandwidth)


def link_between_workers(repeats: int) -> tuple[Link, list[dict]]:
    """Latency and bandwidth between two workers of this machine, from messages of several sizes, and those."""
    with _workers(2) as addresses:
        sent = measure("messages", 1, 2, MEASUREMENTS, workers=addresses, sizes=MESSAGES, trips=64, repeats=repeats)
    latency = min(sent["seconds"])
    rates = [n / (s - latency) for n, s in zip(MESSAGES, sent["seconds"], strict=True) if s > latency]
    rows = [{"bytes": n, "ms": 1000 * s} for n, s in zip(MESSAGES, sent["seconds"], strict=True)]
    return Link(latency, rates[-1] if rates else float("inf")), tables.Rows(rows, {"ms": ".3f"})


def check(measured: Measured, num_frames: int, repeats: int, rounds: int) -> list[dict]:
    """Ticks per second of one and two workers, one core each, beside the predicted ones; both in one run.

    What a tick takes beside the work of units is measured in the same run, with units that compute next to nothing. For
    two workers, costs of units are measured on two cores at once.
    """
    shared = {key: value for key, value in measured.shared.items()}
    shared |= {"boundaries": measured.boundaries(2), "num_frames": num_frames, "repeats": repeats}
    seconds: dict[tuple[str, int], list[float]] = {}
    cuts = {count: measured.cut(count) for count in (1, 2)}
    for _ in track(range(rounds), description=measured.shared["network"], transient=True):
        for count in (1, 2):
            measured.measure_costs(count)  # at the same time as what is predicted, since a machine's speed drifts
            with _workers(count) as addresses:
                result = measure("placed_speed", 1, 2, MEASUREMENTS, workers=addresses, **shared)
            for kind, value in result.items():
                seconds.setdefault((kind, count), []).append(value)
    medians = {key: float(np.median(values)) for key, values in seconds.items()}
    beside = {kind: [medians[f"idle {kind}", count] for count in (1, 2)] for kind in ("training", "inference")}
    predictors = {count: measured.predictor(Link(), overheads=Overheads(**beside), cores=count) for count in (1, 2)}
    rows = []
    for kind, way in (("training", Predictor.sideways), ("inference", Predictor.forward)):
        alone = way(predictors[1], 1).ticks_per_second
        for count in (1, 2):
            value, prediction = medians[kind, count], way(predictors[count], count, cuts[count])
            rows.append(
                {
                    "network": measured.shared["network"],
                    "what": f"Sideways {kind}" if kind == "training" else kind,
                    "workers": count,
                    "ticks/s": 1 / value,
                    "to one worker": medians[kind, 1] / value,
                    "beside the work, ms": 1000 * beside[kind][count - 1],
                    "predicted ticks/s": prediction.ticks_per_second,
                    "off by": 100 * (prediction.ticks_per_second * value - 1),
                    "predicted to one": prediction.ticks_per_second / alone,
                    "predicted bottleneck": prediction.bottleneck,
                }
            )
    return rows


def published(measurements: Mapping[str, Measured], link: Link) -> list[dict]:
    """The papers' ratios on several GPUs beside those predicted from our costs."""
    rows = []
    for network, training, clocks, devices, ratio in PAPER:
        if network not in measurements:
            continue
        row = {
            "network": network,
            "what": "Sideways training" if training else "inference",
            "clocks": clocks or "none",
            "devices": devices,
            "paper, to one GPU": ratio,
        }
        for name, between in (("this link", link), ("no cost of messages", Link())):
            plain = measurements[network].predictor(between)
            predictor = measurements[network].predictor(between, clocks)
            one, many = (plain.sideways, predictor.sideways) if training else (plain.forward, predictor.forward)
            row[f"predicted, {name}"] = many(devices).ticks_per_second / one(1).ticks_per_second
        rows.append(row)
    return rows


def rows_of(measured: Measured, link: Link, devices: Sequence[int] = SHOWN) -> list[dict]:
    """The table of predictions."""
    table = measured.predictor(link).table(devices, MICRO_BATCHES)
    return [{"network": measured.shared["network"], **row} for row in table]


def plot(measurements: Sequence[Measured], link: Link, path: Path) -> Path:
    """Ticks per second over devices, one panel per network, one curve per way of running."""
    from mpvn.results import curves

    panels: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for measured in measurements:
        table = measured.predictor(link).table(DEVICES, MICRO_BATCHES)
        ways = [name for name, value in table[0].items() if isinstance(value, float) and "utilisation" not in name]
        panels[measured.shared["network"]] = {way: [(row["devices"], row[way]) for row in table] for way in ways}
    return curves.draw(panels, path, "devices", "ticks per second", "predicted", log=True)


def notes(measured: Measured, link: Link, num_frames: int, here: bool) -> list[str]:
    shared = measured.shared
    return [
        tables.machine(),
        f"{shared['batch']} clips of {num_frames} frames, {shared['size']} x {shared['size']}, float32; a tick is one "
        f"frame of every clip; costs of units are medians of one core",
        f"link: {1e6 * link.latency:.1f} us + bytes / {link.bandwidth / 1e9:.2f} GB/s, "
        f"{'measured between two workers of this machine' if here else 'as given'}; not overlapped with work",
    ]


@contextmanager
def _workers(count: int) -> Iterator[list[str]]:
    """Addresses of worker processes of this machine, each bound to its own core if the system can."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if cores and len(cores) < count:
        raise InputError(f"{count} workers need {count} cores, but there are {len(cores)}: use a larger machine")
    with ExitStack() as stack:
        addresses = []
        for i in range(count):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            process = subprocess.Popen(
                [sys.executable, "-m", "mpvn.worker", f"--port={port}", "--threads=1"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            if cores:
                os.sched_setaffinity(process.pid, {cores[i]})
            if process.stdout is None or not process.stdout.readline():
                raise InputError(f"a worker at port {port} did not start: run python -m mpvn.worker to see why")
            addresses.append(f"127.0.0.1:{port}")
        yield addresses


def _define(values: FlagValues) -> None:
    link = "latency:bandwidth between devices, in s and bytes/s, such as 5e-6:12e9; by default measured."
    flags.DEFINE_integer("batch", 8, "Number of clips, for --suite=devices.", lower_bound=1, flag_values=values)
    flags.DEFINE_integer("frames", 64, "Frames per clip, for --suite=devices.", lower_bound=1, flag_values=values)
    flags.DEFINE_string("link", None, link, flag_values=values)


SUITE = Suite(
    run,
    heeds=("networks", "sizes", "width", "repeats", "rounds"),
    networks=(*memory.SUBNETWORKS, *throughput.LEVELS),
    usual_networks=("simple_cnn",),
    usual_sizes=(64,),
    takes_files=True,
    define=_define,
)
