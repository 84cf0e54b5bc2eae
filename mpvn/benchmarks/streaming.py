"""Speed and memory of streams: one frame per call, chunks, and the in-graph loop."""

import numpy as np
from rich.progress import track

from mpvn.benchmarks.processes import measure
from mpvn.benchmarks.throughput import LEVELS
from mpvn.results import tables

THREADS = ((1, 1), (1, 2), (1, 3))
CHUNKS = (1, 8, 64)
MARKS = (1000, 20000)


def run(
    networks,
    sizes,
    width: float = 1.0,
    num_frames: int = 64,
    repeats: int = 7,
    levels=None,
    threads=THREADS,
    phases: str = "staggered",
):
    """Frames per second by ticks per call, and the worst tick; each row at its best thread setting.

    Args:
        networks: names of networks.
        sizes: heights and widths of frames, in pixels.
        width: width multiplier.
        num_frames: frames per measurement.
        repeats: measurements per process; the median counts.
        levels: numbers of subnetworks by network; the last one is compared with 1. By default the paper's.
        threads: pairs (within an operation, across operations) that are tried for every row.
        phases: of the rows with clocks, as for `VideoNetwork.parallel`.
    """
    rows, levels, all_threads = [], levels or LEVELS, threads
    for network in networks:
        most = levels[network][-1]
        for size in sizes:
            best = {}
            settings = [(count, clocks) for clocks in (None, "halving") for count in (1, most)]
            tasks = [(s, chunk, threads) for s in settings for chunk in CHUNKS for threads in all_threads]
            for (count, clocks), chunk, threads in track(tasks, description=f"{network} {size} px", transient=True):
                result = measure(
                    "streaming",
                    *threads,
                    network=network,
                    size=size,
                    width=width,
                    num_subnetworks=count,
                    clocks=clocks,
                    phases=phases,
                    chunk=chunk,
                    num_frames=num_frames,
                    repeats=repeats,
                )
                value = float(np.median(result["seconds_per_frame"]))
                key = count, clocks, chunk
                worst = max(result.get("seconds_per_tick", [value]))
                best[key] = min(best.get(key, (float("inf"), None)), (value, threads, worst))
            for count, clocks in settings:
                step, _, worst = best[count, clocks, 1]
                chunked, loop = best[count, clocks, CHUNKS[1]][0], best[count, clocks, CHUNKS[2]][0]
                rows.append(
                    {
                        "network": network,
                        "px": size,
                        "subnetworks": count,
                        "clocks": clocks or "none",
                        "phases": phases if clocks else "none",
                        "step, frames/s": f"{1 / step:.1f}",
                        "mean tick, ms": f"{1000 * step:.2f}",
                        "worst tick, ms": f"{1000 * worst:.2f}",
                        "to sequential step": f"{best[1, clocks, 1][0] / step:.2f}",
                        "chunks of 8, frames/s": f"{1 / chunked:.1f}",
                        "in-graph loop, frames/s": f"{1 / loop:.1f}",
                        "chunks of 8 to loop": f"{loop / chunked:.2f}",
                    }
                )
    return rows


def memory(network: str = "par_densenet", size: int = 32, width: float = 0.1, marks=MARKS):
    """Resident memory of a stream after few and after many frames."""
    result = measure(
        "memory", 1, 2, network=network, size=size, width=width, num_subnetworks=14, clocks="halving", marks=marks
    )
    first, last = (result["resident"][str(mark)] for mark in marks)
    return [
        {
            "network": network,
            "px": size,
            f"MB after {marks[0]} frames": f"{first / 2**20:.1f}",
            f"MB after {marks[1]} frames": f"{last / 2**20:.1f}",
            "growth": f"{100 * (last / first - 1):.2f}%",
            "functions traced": result["traces"],
            "hyper-period": result["hyper_period"],
        }
    ]


def notes() -> list[str]:
    return [
        tables.machine(),
        "batch 1, float32, every result fetched; the median at each row's best thread setting",
        "worst tick: the slowest of the hyper-period, each by its median, one frame per call",
        "to sequential step: one frame per call, relative to the sequential network with the same clocks",
        f"in-graph loop: chunks of {CHUNKS[2]}",
    ]
