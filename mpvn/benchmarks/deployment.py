"""Deployment: a network in other runtimes, sequential, at every k-th frame and depth-parallel."""

import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import track

from mpvn.benchmarks.support.bundles import ENGINES, engines_of, size_of, timed
from mpvn.benchmarks.support.named import built
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.results import tables

if TYPE_CHECKING:
    from mpvn import VideoNetwork

THREADS = (1, 2)
SECONDS = 1.0
SUBNETWORKS = {"par_densenet": 14, "par_inception": 10}
FORMATS = {
    "step, frames/s": ".1f",
    "chunk, frames/s": ".1f",
    "to its sequential": ".2f",
    "to TensorFlow's": ".2f",
    "step, ms": ".2f",
    "worst step, ms": ".2f",
    "load, s": ".2f",
    "memory, MB": ".0f",
    "on disk, MB": ".1f",
    "live executions": "{} of {}",
}


@dataclass(frozen=True)
class Row:
    """A way to run a network.

    Attributes:
        name: in the table.
        network: in its schedule.
        streams: how many run in parallel, each with a share of the threads.
        workers: threads that run subnetworks in parallel, each with a share of the threads.
    """

    name: str
    network: "VideoNetwork"
    streams: int = 1
    workers: int = 1


def ways(base: "VideoNetwork", subnetworks: int) -> list[Row]:
    """All compared ways, the sequential network first."""
    import mpvn

    shifted = mpvn.with_temporal_shift(base)
    balanced = base.parallel(2, cut="balanced", costs="flops")
    return [
        Row("sequential", base.parallel(1)),
        Row("two streams of it side by side", base.parallel(1), streams=2),
        *(Row(f"every {k}{'nd' if k == 2 else 'th'} frame", base.parallel(1, clocks=k)) for k in (2, 4, 8)),
        Row(f"{subnetworks} subnetworks", base.parallel(subnetworks)),
        Row("2 subnetworks on two workers", balanced, workers=2),
        Row(f"{subnetworks} subnetworks on two workers", base.parallel(subnetworks), workers=2),
        Row("halving clocks, filters", mpvn.with_temporal_filters(base).parallel(1, clocks="halving")),
        Row("halving clocks, shift", shifted.parallel(1, clocks="halving")),
        Row("halving clocks, as in the paper", base.parallel(subnetworks, clocks="halving")),
    ]


def run(
    networks: Sequence[str],
    sizes: Sequence[int],
    width: float = 1.0,
    threads: Sequence[int] = THREADS,
    rounds: int = 3,
    seconds: float = SECONDS,
    engines: Sequence[str] = tuple(ENGINES),
) -> tables.Rows:
    """Measures every way in every runtime, each in a separate process, in turn.

    Args:
        networks: names in `mpvn.networks`.
        sizes: heights and widths of frames, in pixels.
        width: width multiplier.
        threads: of the runtime; two streams have half of them each.
        rounds: how often everything is measured; medians count.
        seconds: of each measurement.
        engines: among `ENGINES`.
    """
    rows: list[dict[str, Any]] = []
    for name in networks:
        for size in sizes:
            compared = ways(built(name, size, width, num_classes=200), SUBNETWORKS.get(name, 4))
            with tempfile.TemporaryDirectory() as folder:
                bundles = _exported(compared, engines, Path(folder))
                found = _measured(compared, bundles, engines, threads, rounds, seconds, f"{name} {size} px")
                rows += _rows(f"{name}, {size} px", compared, bundles, found)
    return tables.Rows(rows, FORMATS)


def _exported(compared: Sequence[Row], engines: Sequence[str], folder: Path) -> dict[str, Path]:
    """{way: its bundle}."""
    import mpvn

    made: dict[str, Path] = {}
    formats = [ENGINES[engine] for engine in engines]
    for row in track(compared, description="exporting", transient=True):
        made[row.name] = folder / f"bundle{len(made)}"
        if row.streams > 1:  # if it already exists
            made[row.name] = made["sequential"]
        else:
            mpvn.export(row.network, made[row.name], formats=formats, workers=row.workers)
    return made


def _measured(
    compared: Sequence[Row],
    bundles: Mapping[str, Path],
    engines: Sequence[str],
    threads: Sequence[int],
    rounds: int,
    seconds: float,
    title: str,
) -> dict[tuple[str, str, int], dict[str, float]]:
    """{(engine, way, threads): medians over rounds}."""
    tasks = [
        (engine, row, count)
        for _ in range(rounds)
        for engine in engines
        for count in threads
        for row in compared
        if count >= max(row.streams, row.workers)
    ]
    values: dict[tuple[str, str, int], list[dict[str, float]]] = {}
    for engine, row, count in track(tasks, description=title, transient=True):
        share = count // max(row.streams, row.workers)
        found = timed(bundles[row.name], engine, share, row.streams, seconds)
        values.setdefault((engine, row.name, count), []).append(found)
    return {
        key: {name: statistics.median(each[name] for each in found) for name in found[0]}
        for key, found in values.items()
    }


def _rows(
    title: str,
    compared: Sequence[Row],
    bundles: Mapping[str, Path],
    found: Mapping[tuple[str, str, int], Mapping[str, float]],
) -> list[dict[str, Any]]:
    rows = []
    by_name = {row.name: row for row in compared}

    def best(engine: str, name: str, threads: int) -> float:
        values = found.get((engine, name, threads))
        return max(values["step"], values["chunk"]) if values else float("nan")

    for (engine, name, threads), values in found.items():
        schedule = by_name[name].network.schedule
        scheduled = sum(schedule.executions(schedule.hyper_period).values())
        rows.append(
            {
                "network": title,
                "engine": engine,
                "threads": threads,
                "way": name,
                "step, frames/s": values["step"],
                "chunk, frames/s": values["chunk"],
                "to its sequential": best(engine, name, threads) / best(engine, "sequential", threads),
                "to TensorFlow's": best(engine, name, threads) / best("tensorflow", "sequential", threads),
                "step, ms": values["latency"],
                "worst step, ms": values["worst"],
                "load, s": values["load"],
                "memory, MB": values["memory"],
                "on disk, MB": size_of(bundles[name] / ENGINES[engine]),
                "live executions": (len(schedule.live), scheduled),
            }
        )
    return rows


def _notes(rounds: int) -> list[str]:
    return [
        tables.machine(),
        f"batch 1, float32, random weights; medians of {rounds} rounds in turn, each setting in a process of its own",
        "step: one frame per call; chunk: the longest graph per call; ratios of the better of the two",
        "its sequential: by the same runtime with as many threads; TensorFlow's: its SavedModel with as many threads",
        "live executions: scheduled executions of a hyper-period that an output depends on; the others are left out",
        "load: from the start of Runtime to the first output; memory: peak memory of the process",
    ]


def _measure(request: Request) -> None:
    rounds = request.flags.rounds
    rows = run(request.networks, request.sizes, request.flags.width, rounds=rounds, engines=engines_of(request))
    request.report("deployment", "Deployment", rows, _notes(rounds))


SUITE = Suite(
    _measure,
    heeds=("networks", "sizes", "width", "rounds", "engines"),
    networks=tuple(SUBNETWORKS),
    usual_networks=("par_densenet",),
    usual_sizes=(112, 224),
)
