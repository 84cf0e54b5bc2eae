"""The deployment question as a table: measured on as many workers as there are cores, predicted for more."""

import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mpvn.benchmarks.support.processes import measure
from mpvn.devices.costs import unit_costs
from mpvn.model.network import VideoNetwork
from mpvn.reproductions.paying.deployment import (
    Deployed,
    bytes_of_worker,
    pipelined,
    seconds_per_tick,
    whole_frames,
    worker_of_subnetwork,
)
from mpvn.runs.loading import load
from mpvn.schedule.wiring import FRAME

FORMATS = {
    "ms per frame or tick": ".1f",
    "frames used": "one in {}",
    "latency, ms": "{:.0f} / {:.0f}",
    "memory per worker, MB": ".1f",
}


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        fps: frames per second of the camera.
        workers: numbers of them; what there are cores for is measured.
        subnetworks: of the depth-parallel networks.
        seconds: that each time is measured.
    """

    fps: float
    workers: Sequence[int]
    subnetworks: Sequence[int]
    seconds: float


def rows(
    question: Question,
    networks: Mapping[str, VideoNetwork],
    accuracy: Callable[[str, int, Deployed], dict[str, Any]],
    kept: Path,
) -> list[dict[str, Any]]:
    """A row for each number of workers and way to use them.

    Args:
        question: see there.
        networks: sequential: `"plain"`, and `"clocked"` for halving clocks.
        accuracy: cells for a way ("whole frames", "depth-parallel", "depth-parallel, clocks"), its number of
            subnetworks and how it is deployed.
        kept: JSON file of measured times, which are not measured again.
    """
    schedules = {("depth-parallel", count): networks["plain"].parallel(count) for count in question.subnetworks} | {
        ("depth-parallel, clocks", count): networks["clocked"].parallel(count, clocks="halving", phases="level")
        for count in (1, *question.subnetworks)
    }
    times = _times(question, networks["plain"], schedules, kept)
    found = []
    for workers in question.workers:
        measured = str(workers) in times["whole"]
        seconds = times["whole"][str(workers)] if measured else times["whole"][max(times["whole"])]
        how = "skipping frames" if workers == 1 else "frame-parallel"
        deployed = whole_frames(question.fps, seconds, workers)
        weights, _ = _bytes(networks["plain"])
        memory = sum(weights.values())
        found.append(_row(workers, how, measured, seconds, deployed, memory, accuracy("whole frames", 1, deployed)))
        for (way, count), net in schedules.items():
            if count < workers:
                continue
            key = f"{way} {count} {workers}"
            tick = times["ticks"].get(key)
            here = tick is not None
            if tick is None:
                tick = seconds_per_tick(net.schedule, times["units"], workers)
            deployed = pipelined(question.fps, tick, net.schedule)
            of_worker = worker_of_subnetwork(net.schedule, times["units"], workers)
            memory = bytes_of_worker(net.schedule, *_bytes(net), of_worker)
            label = f"{way}, {count} subnetwork{'s' * (count > 1)}"
            found.append(_row(workers, label, here, tick, deployed, memory, accuracy(way, count, deployed)))
    return found


def _row(
    workers: int, how: str, measured: bool, seconds: float, deployed: Deployed, memory: int, accuracy: dict[str, Any]
) -> dict[str, Any]:
    return {
        "workers": workers,
        "how": how,
        "time": "measured" if measured else "predicted",
        "ms per frame or tick": 1000 * seconds,
        "frames used": deployed.every,
        "latency, ms": (1000 * deployed.mean, 1000 * deployed.worst),
        **accuracy,
        "memory per worker, MB": memory / 2**20,
    }


def _bytes(net: VideoNetwork) -> tuple[dict[str, int], dict[str, int]]:
    """Bytes of the weights of every unit, and of one output of every unit and of the frame."""
    weights = {
        unit.name: sum(math.prod(weight.shape) * 4 for weight in unit.layer.weights) for unit in net.wiring.units
    }
    outputs = {name: math.prod(net.value_spec(name).shape[1:]) * 4 for name in (FRAME, *net.wiring.names)}
    return weights, outputs


def _times(
    question: Question, plain: VideoNetwork, schedules: Mapping[tuple[str, int], VideoNetwork], kept: Path
) -> dict[str, Any]:
    """Measured seconds: `units`, of one execution; `whole`, per frame with so many side by side; `ticks`."""
    if kept.exists():
        return json.loads(kept.read_text())
    cores = [count for count in question.workers if count <= (os.cpu_count() or 1)]
    with tempfile.TemporaryDirectory() as folder:

        def seconds(net: VideoNetwork, name: str, threads: int, function: str = "stream_seconds") -> dict:
            path = f"{folder}/{name}.keras"
            if not os.path.exists(path):
                net.save(path)
            module = "mpvn.reproductions.paying.costs" if function == "stream_seconds" else __name__
            return measure(function, 1, threads, module=module, path=path, seconds=question.seconds)

        found: dict[str, Any] = {"units": seconds(plain, "plain", 1, "unit_seconds"), "whole": {}, "ticks": {}}
        for workers in cores:
            with ThreadPoolExecutor(workers) as pool:
                each = pool.map(lambda _: seconds(plain, "plain", 1)["step"], range(workers))
                found["whole"][str(workers)] = float(np.mean(list(each)))
        for (way, count), net in schedules.items():
            for workers in cores:
                if count >= workers:
                    key = f"{way} {count} {workers}"
                    found["ticks"][key] = seconds(net, f"{way} {count}", workers)["step"]
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found))
    return found


def unit_seconds(path: str, seconds: float) -> dict[str, float]:
    """Seconds of one execution of every unit; `seconds` is not heeded, for each is measured nine times."""
    return unit_costs(load(path), "time")
