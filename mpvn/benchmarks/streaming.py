"""Speed and memory of streams: one frame per call, chunks, and the in-graph loop."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from absl import flags
from absl.flags import FlagValues
from rich.progress import track

from mpvn.benchmarks.support.named import levels_of, sizes_of
from mpvn.benchmarks.support.processes import measure
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.benchmarks.throughput import LEVELS
from mpvn.results import tables

THREADS = ((1, 1), (1, 2), (1, 3))
CHUNKS = (1, 8, 64)
MARKS = (1000, 20000)
FORMATS = {
    "step, frames/s": ".1f",
    "mean tick, ms": ".2f",
    "worst tick, ms": ".2f",
    "to sequential step": ".2f",
    "chunks of 8, frames/s": ".1f",
    "in-graph loop, frames/s": ".1f",
    "chunks of 8 to loop": ".2f",
}


def run(
    networks: Sequence[str],
    sizes: Sequence[int],
    width: float = 1.0,
    num_frames: int = 64,
    repeats: int = 7,
    levels: Mapping[str, Sequence[int]] | None = None,
    threads: Sequence[tuple[int, int]] = THREADS,
    phases: str = "staggered",
) -> list[dict[str, Any]]:
    """Frames per second by ticks per call, and the worst tick; each row at its best thread setting.

    Args:
        networks: names, or paths of files.
        sizes: heights and widths of frames, in pixels.
        width: width multiplier.
        num_frames: frames per measurement.
        repeats: number of measurements per process; the median counts.
        levels: numbers of subnetworks by network; the last one is compared with 1. By default the paper's.
        threads: pairs (within an operation, across operations) that are tried for every row.
        phases: of the rows with clocks, as for `VideoNetwork.parallel`.
    """
    rows, levels = [], levels or LEVELS
    for network in networks:
        settings = [(count, clocks) for clocks in (None, "halving") for count in (1, levels_of(network, levels)[-1])]
        for size in sizes_of(network, sizes):
            shared = {"network": network, "size": size, "width": width, "num_frames": num_frames, "repeats": repeats}
            best = _best(settings, threads, phases, shared)
            for count, clocks in settings:
                rows.append(
                    {
                        "network": network,
                        "px": size,
                        "subnetworks": count,
                        "clocks": clocks or "none",
                        "phases": phases if clocks else "none",
                        **_speeds([best[count, clocks, chunk] for chunk in CHUNKS], best[1, clocks, 1][0]),
                    }
                )
    return tables.Rows(rows, FORMATS)


def _best(
    settings: Sequence[tuple[int, str | None]],
    all_threads: Sequence[tuple[int, int]],
    phases: str,
    shared: Mapping[str, Any],
) -> dict[tuple, tuple[float, tuple[int, int], float]]:
    """{(subnetworks, clocks, chunk): (seconds per frame, threads, seconds of the worst tick)} at the best threads."""
    best: dict[tuple, tuple[float, tuple[int, int], float]] = {}
    tasks = [(setting, chunk, threads) for setting in settings for chunk in CHUNKS for threads in all_threads]
    described = f"{shared['network']} {shared['size']} px"
    for (count, clocks), chunk, threads in track(tasks, description=described, transient=True):
        result = measure(
            "streaming", *threads, num_subnetworks=count, clocks=clocks, phases=phases, chunk=chunk, **shared
        )
        value = float(np.median(result["seconds_per_frame"]))
        worst = max(result.get("seconds_per_tick", [value]))
        key, result_here = (count, clocks, chunk), (value, threads, worst)
        best[key] = min(best.get(key, result_here), result_here)
    return best


def _speeds(by_chunk: Sequence[tuple[float, tuple[int, int], float]], sequential: float) -> dict[str, float]:
    (step, _, worst), (chunked, *_), (loop, *_) = by_chunk
    return {
        "step, frames/s": 1 / step,
        "mean tick, ms": 1000 * step,
        "worst tick, ms": 1000 * worst,
        "to sequential step": sequential / step,
        "chunks of 8, frames/s": 1 / chunked,
        "in-graph loop, frames/s": 1 / loop,
        "chunks of 8 to loop": loop / chunked,
    }


def memory(
    network: str = "par_densenet", size: int = 32, width: float = 0.1, marks: Sequence[int] = MARKS
) -> list[dict[str, Any]]:
    """Resident memory of a stream after few and after many frames."""
    result = measure(
        "memory", 1, 2, network=network, size=size, width=width, num_subnetworks=14, clocks="halving", marks=marks
    )
    first, last = (result["resident"][str(mark)] for mark in marks)
    rows = [
        {
            "network": network,
            "px": size,
            f"MB after {marks[0]} frames": first / 2**20,
            f"MB after {marks[1]} frames": last / 2**20,
            "growth": 100 * (last / first - 1),
            "functions traced": result["traces"],
            "hyper-period": result["hyper_period"],
        }
    ]
    formats = dict.fromkeys((f"MB after {mark} frames" for mark in marks), ".1f") | {"growth": "{:.2f}%"}
    return tables.Rows(rows, formats)


def notes() -> list[str]:
    return [
        tables.machine(),
        "batch 1, float32, every result fetched; the median at each row's best thread setting",
        "worst tick: the slowest of the hyper-period, each by its median, one frame per call",
        "to sequential step: one frame per call, relative to the sequential network with the same clocks",
        f"in-graph loop: chunks of {CHUNKS[2]}",
    ]


def _define(values: FlagValues) -> None:
    kinds = ("staggered", "zero", "level")
    flags.DEFINE_enum("phases", kinds[0], kinds, "Phases of clocks, for --suite=streaming.", flag_values=values)


def _measure(request: Request) -> None:
    rows = run(
        request.networks,
        request.sizes,
        request.flags.width,
        repeats=request.flags.repeats,
        levels=request.levels_by_network,
        threads=request.threads or THREADS,
        phases=request.flags.phases,
    )
    request.report("streaming", "Streaming", rows, notes())
    request.report("streaming_memory", "Memory of a stream", memory(), notes()[:1])


SUITE = Suite(
    _measure,
    heeds=("networks", "sizes", "threads", "subnetworks", "width", "repeats"),
    networks=tuple(LEVELS),
    usual_sizes=(112, 224),
    define=_define,
    takes_files=True,
)
