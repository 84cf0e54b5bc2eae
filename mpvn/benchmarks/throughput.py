"""Throughput of sequential and depth-parallel networks, beside Table 2 of the MPVN paper."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

import mpvn
from mpvn.advice.candidates import ordinal
from mpvn.benchmarks.support.named import built, levels_of, sizes_of
from mpvn.benchmarks.support.processes import measure
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.results import tables
from mpvn.schedule.dead_work import dead_share

# MPVN, Table 2, 48 cores: throughput relative to the sequential network without clocks.
PAPER: dict[tuple[str, str | int | None], dict[int, float]] = {
    ("par_densenet", None): {1: 1.0, 2: 1.3, 4: 1.8, 7: 2.2, 14: 2.6},
    ("par_densenet", "halving"): {1: 2.6, 2: 3.0, 4: 3.6, 7: 4.6, 14: 5.1},
    ("par_inception", None): {1: 1.0, 5: 1.3, 10: 1.3},
    ("par_inception", "halving"): {1: 2.4, 5: 3.0, 10: 3.0},
}
# (number of subnetworks, clocks, which executions run)
Setting = tuple[int, str | int | None, str]
# (median of seconds per frame, threads) of the best thread setting
Best = tuple[float, tuple[int, int]]
WAYS = ("chunks", "step")  # many frames per call, as of a recorded video; one frame per call, as of a camera
LEVELS = {"par_densenet": (1, 7, 14), "par_inception": (1, 5, 10)}
# (threads within an operation, threads across operations) that are tried for every row; the best one counts
THREADS = ((1, 1), (1, 2), (1, 3), (2, 2))
FORMATS = {
    **{f"{way}, frames/s": ".1f" for way in WAYS},
    **{f"{way}, ratio": ".2f" for way in WAYS},
    **{f"{way}, threads": "{}:{}" for way in WAYS},
    "dead work, %": ".0f",
    "units/frame, live": "{:.2f}, {:.2f}",
    "convolutions in graph": "{} of {}",
}
DETAILS = ("px", "runs", "chunks, threads", "step, threads", "units/frame, live", "convolutions in graph")


def run(
    networks: Sequence[str],
    sizes: Sequence[int],
    width: float = 1.0,
    chunk: int = 64,
    repeats: int = 5,
    rounds: int = 1,
    levels: Mapping[str, Sequence[int]] | None = None,
    threads: Sequence[tuple[int, int]] = THREADS,
) -> tables.Rows:
    """Measures every row at every thread setting, each in its own process, in chunks and by step.

    Args:
        networks: names, or paths of files.
        sizes: heights and widths of frames, in pixels.
        width: width multiplier.
        chunk: ticks per call of the in-graph loop.
        repeats: measurements per process; the median counts.
        rounds: how often everything is measured, in turn, so that a slow phase of the machine affects all rows.
        levels: numbers of subnetworks by network, the sequential 1 first; by default `LEVELS`.
        threads: pairs (within an operation, across operations) that are tried for every row.

    Returns:
        The rows of a table, as dicts with equal keys.
    """
    levels = levels or LEVELS
    rows = []
    for network in networks:
        counts = levels_of(network, levels)
        for size in sizes_of(network, sizes):
            base = built(network, size, width, num_classes=200)
            shared = {"network": network, "size": size, "width": width, "chunk": chunk, "repeats": repeats}
            rows += _rows(base, _settings(base, counts), shared, rounds, threads)
    return tables.Rows(rows, FORMATS)


def short(rows: tables.Rows) -> tables.Rows:
    """Of the smallest size the sequential network, all frames and skipping, and the most subnetworks; no details."""
    chosen = []
    for network in dict.fromkeys(row["network"] for row in rows):
        own = [row for row in rows if row["network"] == network]
        size, most = min(row["px"] for row in own), max(row["subnetworks"] for row in own)
        own = [row for row in own if row["px"] == size]
        chosen += [r for r in own if r["subnetworks"] == most or (r["subnetworks"] == 1 and r["clocks"] != "halving")]
    return tables.Rows([_shortened(row) for row in chosen], rows.formats)


def _shortened(row: Mapping[str, Any]) -> dict[str, Any]:
    clocks = row["clocks"] + ", live" * (row["runs"] == "live")
    return {key: cell for key, cell in row.items() if key not in DETAILS} | {"clocks": clocks}


def _settings(base: "mpvn.VideoNetwork", counts: Sequence[int]) -> list[Setting]:
    """The paper's settings, the last one without dead work, and frame skipping in its place."""
    settings: list[Setting] = [(count, clocks, "scheduled") for clocks in (None, "halving") for count in counts]
    settings.append((counts[-1], "halving", "live"))
    hyper_period = base.parallel(1, clocks="halving").schedule.hyper_period
    return settings + ([(1, hyper_period, "scheduled")] if hyper_period > 1 else [])


def _rows(
    base: "mpvn.VideoNetwork",  # quoted: listing suites must not load TensorFlow
    settings: Sequence[Setting],
    shared: Mapping[str, Any],
    rounds: int,
    all_threads: Sequence[tuple[int, int]],
) -> list[dict[str, Any]]:
    from mpvn.devices.costs import unit_costs

    seconds: dict[tuple[Setting, tuple[int, int]], dict[str, list[float]]] = {}
    checks: dict[Setting, tuple[int, int]] = {}
    tasks = [(setting, threads) for _ in range(rounds) for setting in settings for threads in all_threads]
    for setting, threads in track(tasks, description="{network} {size} px".format(**shared), transient=True):
        count, clocks, executions = setting
        if threads[1] > 2 if count == 1 else threads == (1, 1):
            continue  # one subnetwork does not benefit from many workers, nor several from one
        result = measure("throughput", *threads, num_subnetworks=count, clocks=clocks, executions=executions, **shared)
        kept = seconds.setdefault((setting, threads), {way: [] for way in WAYS})
        for way in WAYS:
            kept[way] += result["seconds_per_frame"][way]
        checks[setting] = result["convolutions_in_graph"], result["convolutions_expected"]
    best = {way: _best({key: kept[way] for key, kept in seconds.items()}) for way in WAYS}
    costs = unit_costs(base, "flops")
    return [
        {
            "network": shared["network"],
            "px": shared["size"],
            "subnetworks": setting[0],
            "clocks": _clocks_text(setting[1]),
            "runs": setting[2],
            **_speeds({way: best[way][setting] for way in WAYS}, {way: best[way][settings[0]] for way in WAYS}),
            **_work(setting, base, costs, shared["network"]),
            **{f"{way}, threads": best[way][setting][1] for way in WAYS},
            "convolutions in graph": checks[setting],
        }
        for setting in settings
    ]


def _best(seconds: Mapping[tuple[Setting, tuple[int, int]], Sequence[float]]) -> dict[Setting, Best]:
    best: dict[Setting, Best] = {}
    for (setting, threads), values in seconds.items():
        median = float(np.median(values)), threads
        best[setting] = min(best.get(setting, median), median)
    return best


def _clocks_text(clocks: str | int | None) -> str:
    return f"every {ordinal(clocks)} frame" if isinstance(clocks, int) else clocks or "none"


def _speeds(best: Mapping[str, Best], reference: Mapping[str, Best]) -> dict[str, float]:
    rates = {f"{way}, frames/s": 1 / best[way][0] for way in WAYS}
    return rates | {f"{way}, ratio": reference[way][0] / best[way][0] for way in WAYS}


def _work(setting: Setting, base: "mpvn.VideoNetwork", costs: Mapping[str, float], network: str) -> dict[str, Any]:
    """The ratio of this setting in the paper, and how much of the work counts."""
    count, clocks, executions = setting
    schedule = base.parallel(count, clocks=clocks).schedule
    period = schedule.hyper_period
    scheduled, live = (sum(schedule.executions(period, live).values()) / period for live in (False, True))
    of_paper = PAPER.get((network, clocks), {}) if executions == "scheduled" else {}
    return {
        "paper, 48 cores": of_paper.get(count, ""),
        "dead work, %": 100 * dead_share(schedule, costs) if executions == "scheduled" else 0.0,
        "units/frame, live": (scheduled, live),
    }


def notes() -> list[str]:
    return [
        tables.machine(),
        "batch 1, float32; medians at each row's best threads (within an operation:across operations)",
        "chunks: many frames per call, an in-graph loop, as over a recorded video; step: one frame per call of "
        "Stream.step, as from a camera; every output is fetched",
        "ratio: to the sequential network without clocks at its best threads, in chunks or by step as the row itself",
        "every k-th frame: the sequential network with clocks=k, its output held; k is the hyper-period of halving",
        "dead work: share of a row's multiplications that no output depends on",
        "runs scheduled: every scheduled execution really runs, and the optimised graph holds as many convolutions as "
        "the schedule has executions in the ticks of a loop's turn",
        "runs live: executions that no output depends on are left out",
    ]


def plot(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Bars of ratios beside the paper's; those without dead work or with skipped frames, far above, are left out."""
    from matplotlib.figure import Figure

    groups = sorted({(row["network"], row["px"]) for row in rows})
    figure = Figure(figsize=(9, 2.6 * len(groups)), layout="constrained")
    for axes, (network, size) in zip(np.atleast_1d(figure.subplots(len(groups))), groups, strict=True):
        chosen = [r for r in rows if (r["network"], r["px"], r["runs"]) == (network, size, "scheduled")]
        chosen = [r for r in chosen if r["clocks"] in ("none", "halving")]
        labels = [f"{r['subnetworks']} subnet{'s' * (r['subnetworks'] > 1)}\nclocks: {r['clocks']}" for r in chosen]
        at = np.arange(len(chosen))
        for offset, way, color in ((-0.27, "chunks", "#3b6fb6"), (0.0, "step", "#8fb3de")):
            bars = axes.bar(at + offset, [r[f"{way}, ratio"] for r in chosen], 0.27, label=f"here, {way}", color=color)
            axes.bar_label(bars, fmt="%.2f", fontsize=6)
            for bar, row in zip(bars, chosen, strict=True):
                bar.set_hatch("//" if row["dead work, %"] > 50 else None)
        paper = [r["paper, 48 cores"] or 0 for r in chosen]
        axes.bar(at + 0.27, paper, 0.27, label="paper, 48 cores", color="#c9c9c9")
        axes.set_xticks(at, labels, fontsize=7)
        axes.set_ylabel("frames/s, relative", fontsize=8)
        axes.set_title(f"{network}, {size} px; hatched: most of the work is dead", fontsize=9, loc="left")
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
        tables.write(request.folder, "throughput_short", "Throughput, in short", short(rows))
        plot(rows, request.folder / "throughput.png")


SUITE = Suite(
    _measure,
    heeds=("networks", "sizes", "threads", "subnetworks", "width", "repeats", "rounds"),
    networks=tuple(LEVELS),
    usual_sizes=(112, 224),
    takes_files=True,
)
