"""Times a bundle in a separate process, without TensorFlow where its engine does not need it; prints JSON.

python -m mpvn.bundles.timing FOLDER ENGINE THREADS STREAMS SECONDS
"""

import json
import resource
import sys
import threading
import time
from collections.abc import Callable

import numpy as np

from mpvn.bundles.runtime import Runtime


def main(folder: str, engine: str, threads: int, streams: int, seconds: float) -> dict[str, float]:
    """Frames per second of parallel streams, each with one thread of this process and `threads` of the runtime.

    Args:
        folder: folder of the bundle.
        engine: see `Runtime`.
        threads: number of threads of each stream's runtime.
        streams: number of runtimes that run at once.
        seconds: duration of each measurement.

    Returns:
        `step` and `chunk`: frames per second of all streams together, one frame per call, and the longest graph per
        call; `latency`: median milliseconds of a step, over whole hyper-periods; `worst`: of the slowest tick of the
        hyper-period, its median; `load`: seconds until the first output; `memory`: peak memory of the process in MB.
    """
    begin = time.perf_counter()
    runtimes = [Runtime(folder, engine, threads) for _ in range(streams)]
    manifest = runtimes[0].manifest
    frames = np.random.default_rng(0).random((64, manifest.batch_size, *manifest.frames.shape), np.float32)
    runtimes[0].step(frames[0])
    loaded = time.perf_counter() - begin
    for runtime in runtimes:
        runtime.warm_up()
        runtime.reset()
    period = manifest.hyper_period
    length = max(graph.ticks for graph in manifest.graphs.values())
    ticks: list[list[float]] = [[] for _ in range(period)]

    def by_step(runtime: Runtime, until: float) -> int:
        count = 0
        while time.perf_counter() < until or runtime.tick % period:
            now, begin = runtime.tick % period, time.perf_counter()
            runtime.step(frames[runtime.tick % len(frames)])
            ticks[now].append(time.perf_counter() - begin)
            count += 1
        return count

    chunk = np.moveaxis(np.resize(frames, (length, *frames.shape[1:])), 0, 1)

    def by_chunk(runtime: Runtime, until: float) -> int:
        count = 0
        while time.perf_counter() < until:
            runtime.step_chunk(chunk)
            count += length
        return count

    found = {"load": loaded, "step": _rate(runtimes, by_step, seconds)}
    medians = [1000 * float(np.median(values)) for values in ticks if values]
    found |= {"latency": float(np.mean(medians)), "worst": max(medians)}
    found["chunk"] = _rate(runtimes, by_chunk, seconds) if length > 1 else found["step"]
    found["memory"] = _peak_memory()
    return found


def _peak_memory() -> float:
    """Peak memory of this process in MB; the kernel's count for children begins with the parent's."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _rate(runtimes: list[Runtime], work: Callable[[Runtime, float], int], seconds: float) -> float:
    """Frames per second of all runtimes, each in a thread."""
    counts = [0] * len(runtimes)
    begin = time.perf_counter()

    def run(index: int) -> None:
        counts[index] = work(runtimes[index], begin + seconds)

    others = [threading.Thread(target=run, args=(index,)) for index in range(1, len(runtimes))]
    for thread in others:
        thread.start()
    run(0)
    for thread in others:
        thread.join()
    return sum(counts) / (time.perf_counter() - begin)


if __name__ == "__main__":
    folder, engine, threads, streams, seconds = sys.argv[1:]
    print(json.dumps(main(folder, engine, int(threads), int(streams), float(seconds))))
