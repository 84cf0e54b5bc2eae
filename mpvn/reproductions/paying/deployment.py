"""A camera, some workers, and a network that is too slow for one of them: plain Python.

Latency is the age of the newest frame in the output that is there, over time: between two outputs it grows.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mpvn.schedule.cuts import balanced
from mpvn.schedule.index_maps import register_depths
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import FRAME


@dataclass(frozen=True)
class Deployed:
    """What a way of running gives.

    Attributes:
        every: of the camera's frames, one in so many is used.
        late: whole frames of the camera between a frame's arrival and the output that knows it.
        mean, worst: latency in seconds.
    """

    every: int
    late: int
    mean: float
    worst: float


def whole_frames(fps: float, seconds: float, workers: int = 1) -> Deployed:
    """The sequential network on every worker, each at a frame of its own; with one worker, frames are skipped.

    Args:
        fps: of the camera.
        seconds: per frame, on one worker beside the others.
        workers: how many.
    """
    every = max(1, math.ceil(fps * seconds / workers - 1e-9))
    return Deployed(every, int(fps * seconds), seconds + every / fps / 2, seconds + every / fps)


def pipelined(fps: float, seconds: float, schedule: Schedule) -> Deployed:
    """A depth-parallel network whose ticks take so many seconds; frames are skipped where that is too slow."""
    every = max(1, math.ceil(fps * seconds - 1e-9))
    _, mean, worst = schedule.information_latency
    tick = every / fps
    return Deployed(every, math.ceil(worst * every), seconds + (mean + 0.5) * tick, seconds + (worst + 1) * tick)


def seconds_per_tick(schedule: Schedule, unit_seconds: Mapping[str, float], workers: int) -> float:
    """What a tick takes on so many workers, each with some subnetworks in a row; the mean over the hyper-period.

    All wait for the slowest at every tick, and messages cost nothing; so it is neither a bound from above nor below.
    """
    of_worker = worker_of_subnetwork(schedule, unit_seconds, workers)
    longest = []
    for tick in range(schedule.hyper_period):
        busy = [0.0] * workers
        for unit in schedule.units:
            if schedule.executes(unit.name, tick) and (unit.name, tick) in schedule.live:
                busy[of_worker[unit.subnetwork]] += unit_seconds[unit.name]
        longest.append(max(busy))
    return sum(longest) / len(longest)


def worker_of_subnetwork(schedule: Schedule, unit_seconds: Mapping[str, float], workers: int) -> list[int]:
    """Subnetworks in a row on each worker, so that the busiest has as little to do as can be."""
    names = [str(index) for index in range(schedule.num_subnetworks)]
    costs = dict.fromkeys(names, 0.0)
    for unit in schedule.units:
        costs[str(unit.subnetwork)] += unit_seconds[unit.name] / unit.period
    return balanced(names, min(workers, len(names)), costs)


def bytes_of_worker(
    schedule: Schedule, weights: Mapping[str, int], outputs: Mapping[str, int], of_worker: Sequence[int]
) -> int:
    """Bytes of weights and registers of the worker that has most, for one stream.

    Args:
        schedule: of the network.
        weights: bytes by unit.
        outputs: bytes of one output, by unit and of the frame.
        of_worker: the worker of each subnetwork.
    """
    held = [0] * (max(of_worker) + 1)
    for unit in schedule.units:
        held[of_worker[unit.subnetwork]] += weights[unit.name]
    for source, depth in register_depths(schedule).items():
        worker = 0 if source == FRAME else of_worker[schedule[source].subnetwork]
        held[worker] += depth * outputs[source]
    return max(held)
