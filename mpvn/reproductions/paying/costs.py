"""What a way costs per frame: by count at two sizes, and measured on one core."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import gin

from mpvn.advice.rates import measured
from mpvn.benchmarks.support.processes import measure
from mpvn.devices.costs import unit_costs
from mpvn.model.network import VideoNetwork
from mpvn.reproductions.support.batch import paths
from mpvn.runs.loading import load
from mpvn.runs.restore import data_of_settings, network_of_settings, task_of_settings
from mpvn.runs.settings import parse_gin


@dataclass(frozen=True)
class Work:
    """Floating-point operations per frame of a network in its schedule, over the hyper-period.

    Attributes:
        scheduled: of all executions.
        live: of those that some output depends on.
        peak: of these, at the most expensive tick.
    """

    scheduled: float
    live: float
    peak: float


def network(gin_files: Sequence[str], settings: Sequence[str]) -> VideoNetwork:
    """The network that gin settings describe, with new weights."""
    gin.clear_config()
    try:
        parse_gin(list(map(str, paths(gin_files))), settings)
        return network_of_settings(data_of_settings(), task_of_settings())
    finally:
        gin.clear_config()


def work(net: VideoNetwork) -> Work:
    costs = unit_costs(net, "flops")
    scheduled, live = (net.schedule.load_per_tick(costs, live) for live in (False, True))
    return Work(mean(scheduled), mean(live), max(live))


def seconds_per_frame(net: VideoNetwork, seconds: float) -> dict[str, float]:
    """What a stream takes on one core, in a process of its own: `step` one frame per call, `chunk` several.

    Executions that no output depends on are left out; every output is fetched.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        net.save(path)
        return measure("stream_seconds", 1, 1, module=__name__, path=str(path), seconds=seconds)


def stream_seconds(path: str, seconds: float) -> dict[str, float]:
    rates = measured(load(path), seconds)
    return {"step": 1 / rates.step, "chunk": 1 / rates.chunk}
