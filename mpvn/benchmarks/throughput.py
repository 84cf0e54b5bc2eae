"""Throughput of sequential and depth-parallel networks, beside Table 2 of the MPVN paper."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

import mpvn
from mpvn.benchmarks.support.named import built, levels_of, sizes_of
from mpvn.benchmarks.support.processes import measure
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.results import tables

# MPVN, Table 2, 48 cores: throughput relative to the sequential network without clocks.
PAPER = {
    ("par_densenet", None): {1: 1.0, 2: 1.3, 4: 1.8, 7: 2.2, 14: 2.6},
    ("par_densenet", "halving"): {1: 2.6, 2: 3.0, 4: 3.6, 7: 4.6, 14: 5.1},
    ("par_inception", None): {1: 1.0, 5: 1.3, 10: 1.3},
    ("par_inception", "halving"): {1: 2.4, 5: 3.0, 10: 3.0},
}
# (number of subnetworks, clocks, which executions run)
Setting = tuple[int, str | None, str]
LEVELS = {"par_densenet": (1, 7, 14), "par_inception": (1, 5, 10)}
# (threads within an operation, threads across operations) that are tried for every row; the best one counts
THREADS = ((1, 1), (1, 2), (1, 3), (2, 2))
FORMATS = {
    "frames/s": ".1f",
    "ratio": ".2f",
    "units/frame scheduled": ".2f",
    "live": ".2f",
    "convolutions in graph": "{} of {}",
}


def run(
    networks: Sequence[str],
    sizes: Sequence[int],
    width: float = 1.0,
    chunk: int = 64,
    repeats: int = 5,
    rounds: int = 1,
    levels: Mapping[str, Sequence[int]] | None = None,
    threads: Sequence[tuple[int, int]] = THREADS,
) -> list[dict[str, Any]]:
    """Measures every row at every thread setting, each in its own process.

    Args:
        networks: names, or files of a user's.
        sizes: heights and widths of frames, in pixels.
        width: width multiplier.
        chunk: ticks per call of the in-graph loop.
        repeats: calls per process; the median counts.
        rounds: how often all is measured, in turn, so that a slow spell of the machine does not hit one row alone.
        levels: numbers of subnetworks by network, the sequential 1 first; by default `LEVELS`.
        threads: pairs (within an operation, across operations) that are tried for every row.

    Returns:
        Rows of a table, dicts of equal keys.
    """
    levels = levels or LEVELS
    rows = []
    for network in networks:
        counts = levels_of(network, levels)
        for size in sizes_of(network, sizes):
            settings: list[Setting] = [(count, clocks, "scheduled") for clocks in (None, "halving") for count in counts]
            settings.append((counts[-1], "halving", "live"))
            rows += _rows(network, size, width, chunk, repeats, rounds, settings, threads)
    return tables.Rows(rows, FORMATS)


def _rows(
    network: str,
    size: int,
    width: float,
    chunk: int,
    repeats: int,
    rounds: int,
    settings: Sequence[Setting],
    all_threads: Sequence[tuple[int, int]],
) -> list[dict[str, Any]]:
    seconds: dict[tuple[Setting, tuple[int, int]], list[float]] = {}
    checks: dict[Setting, tuple[int, int]] = {}
    tasks = [(setting, threads) for _ in range(rounds) for setting in settings for threads in all_threads]
    for setting, threads in track(tasks, description=f"{network} {size} px", transient=True):
        count, clocks, executions = setting
        if threads[1] > 2 if count == 1 else threads == (1, 1):
            continue  # one subnetwork has no use for many workers, and several have none for one
        result = measure(
            "throughput",
            *threads,
            network=network,
            size=size,
            width=width,
            num_subnetworks=count,
            clocks=clocks,
            executions=executions,
            chunk=chunk,
            repeats=repeats,
        )
        seconds.setdefault((setting, threads), []).extend(result["seconds_per_frame"])
        checks[setting] = result["convolutions_in_graph"], result["convolutions_expected"]
    best: dict[Setting, tuple[float, tuple[int, int]]] = {}
    for (setting, threads), values in seconds.items():
        median = float(np.median(values)), threads
        best[setting] = min(best.get(setting, median), median)
    base = built(network, size, width=0.02, num_classes=2)
    reference = best[settings[0]][0]
    return [
        {"network": network, "px": size, **_row(network, setting, base, best[setting], reference, checks[setting])}
        for setting in settings
    ]


def _row(
    network: str,
    setting: Setting,
    base: "mpvn.VideoNetwork",  # quoted: listing suites must not load TensorFlow
    best: tuple[float, tuple[int, int]],
    reference: float,
    convolutions: tuple[int, int],
) -> dict[str, Any]:
    count, clocks, executions = setting
    value, threads = best
    schedule = base.parallel(count, clocks=clocks).schedule
    period = schedule.hyper_period
    scheduled, live = (sum(schedule.executions(period, live).values()) / period for live in (False, True))
    return {
        "subnetworks": count,
        "clocks": clocks or "none",
        "runs": executions,
        "frames/s": 1 / value,
        "threads (intra, inter)": threads,
        "ratio": reference / value,
        "paper, 48 cores": "" if executions == "live" else PAPER.get((network, clocks), {}).get(count, ""),
        "units/frame scheduled": scheduled,
        "live": live,
        "convolutions in graph": convolutions,
    }


def notes() -> list[str]:
    return [
        tables.machine(),
        "batch 1, float32, in-graph loop; the median over calls at each row's best thread setting",
        "ratio: to the sequential network without clocks at its best setting",
        "runs scheduled: every scheduled execution really runs, and the optimised graph holds as many convolutions as "
        "the schedule has executions in the ticks of a loop's turn",
        "runs live: executions that no output depends on are left out",
    ]


def plot(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Bars of the ratio beside the paper's; rows without dead executions, far above all others, are left out."""
    from matplotlib.figure import Figure

    groups = sorted({(row["network"], row["px"]) for row in rows})
    figure = Figure(figsize=(9, 2.6 * len(groups)), layout="constrained")
    for axes, (network, size) in zip(np.atleast_1d(figure.subplots(len(groups))), groups, strict=True):
        chosen = [r for r in rows if (r["network"], r["px"], r["runs"]) == (network, size, "scheduled")]
        labels = [f"{r['subnetworks']} subnet{'s' * (r['subnetworks'] > 1)}\nclocks: {r['clocks']}" for r in chosen]
        at = np.arange(len(chosen))
        bars = axes.bar(at - 0.2, [r["ratio"] for r in chosen], 0.4, label="measured here", color="#3b6fb6")
        axes.bar_label(bars, fmt="%.2f", fontsize=7)
        paper = [r["paper, 48 cores"] or 0 for r in chosen]
        axes.bar(at + 0.2, paper, 0.4, label="paper, 48 cores", color="#c9c9c9")
        axes.set_xticks(at, labels, fontsize=7)
        axes.set_ylabel("frames/s, relative", fontsize=8)
        axes.set_title(f"{network}, {size} px", fontsize=9, loc="left")
        axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=7, frameon=False)
    figure.savefig(path, dpi=130)


def _measure(request: Request) -> None:
    flags = request.flags
    rows = run(
        request.networks,
        request.sizes,
        flags.width,
        repeats=flags.repeats,
        rounds=flags.rounds,
        levels=request.levels_by_network,
        threads=request.threads or THREADS,
    )
    request.report("throughput", "Throughput", rows, notes())
    if request.folder:
        plot(rows, request.folder / "throughput.png")


SUITE = Suite(
    _measure,
    heeds=("networks", "sizes", "threads", "subnetworks", "width", "repeats", "rounds"),
    networks=tuple(LEVELS),
    usual_sizes=(112, 224),
    takes_files=True,
)
