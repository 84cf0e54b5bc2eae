"""What ticks cost with zero, staggered and level phases, counted in operations: nothing is timed."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.progress import track

from mpvn.benchmarks.support.named import built, levels_of, sizes_of
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.benchmarks.throughput import LEVELS
from mpvn.results import tables

PHASES = ("zero", "staggered", "level")
FORMATS = {
    "mean tick, MFLOP": ".1f",
    "most expensive tick, MFLOP": ".1f",
    "most expensive to mean": ".2f",
    "most expensive to zero phases": ".2f",
    "information latency": "{} / {:.1f} / {}",
}


def run(
    networks: Sequence[str],
    sizes: Sequence[int],
    width: float = 1.0,
    levels: Mapping[str, Sequence[int]] | None = None,
) -> list[dict[str, Any]]:
    """A row per network, size and kind of phases: mean and most expensive tick, and the effect on latency.

    Args:
        networks: names, or paths of files.
        sizes: heights and widths of frames, in pixels.
        width: width multiplier.
        levels: numbers of subnetworks by network; the last one is taken. By default the paper's.
    """
    from mpvn.devices.costs import unit_costs

    rows, levels = [], levels or LEVELS
    for network, size in track(_tasks(networks, sizes), description="phases", transient=True):
        base = built(network, size, width, num_classes=200)
        costs, count, zero = unit_costs(base, "flops"), levels_of(network, levels)[-1], None
        for phases in PHASES:
            schedule = base.parallel(count, clocks="halving", costs=costs, phases=phases).schedule
            load = schedule.load_per_tick(costs)
            mean, most = sum(load) / len(load), max(load)
            zero = zero or most
            least, average, largest = schedule.information_latency
            rows.append(
                {
                    "network": network,
                    "px": size,
                    "subnetworks": count,
                    "phases": phases,
                    "mean tick, MFLOP": mean / 1e6,
                    "most expensive tick, MFLOP": most / 1e6,
                    "most expensive to mean": most / mean,
                    "most expensive to zero phases": most / zero,
                    "first valid tick": schedule.valid_from,
                    "information latency": (least, average, largest),
                }
            )
    return tables.Rows(rows, FORMATS)


def _tasks(networks: Sequence[str], sizes: Sequence[int]) -> list[tuple[str, int]]:
    return [(network, size) for network in networks for size in sizes_of(network, sizes)]


def notes() -> list[str]:
    return [
        'clocks="halving"; a tick costs the sum over the units that execute at it, on one device',
        "MFLOP: million floating-point operations, as counted by TensorFlow's profiler; nothing is timed",
        "information latency: least / mean / largest over the hyper-period, in frames",
    ]


def _measure(request: Request) -> None:
    rows = run(request.networks, request.sizes, request.flags.width, request.levels_by_network)
    request.report("phases", "Phases of clocks", rows, notes())


SUITE = Suite(
    _measure,
    heeds=("networks", "sizes", "subnetworks", "width"),
    networks=tuple(LEVELS),
    usual_sizes=(112,),
    takes_files=True,
)
