"""Table 2: training steps per second, and what more devices would give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gin
import numpy as np
from rich.progress import track

from mpvn.benchmarks.support.processes import measure
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.result import Request, Result
from mpvn.results import tables
from sideways_tf.benchmarks import MEASUREMENTS
from sideways_tf.benchmarks.support.measurements import METHODS, build

# (steps/s of backpropagation, of Sideways, speed-up, devices)
PAPER = {"simple_cnn": (1.7, 8.4, "4.9x of 6"), "vgg8": (0.1, 0.6, "6.0x of 8")}
DEVICES = {"simple_cnn": 6, "vgg8": 8}
# (threads within an operation, threads across operations); one worker is one core.
ONE_PROBE, TWO_PROBES = (1, 1), (1, 2)
ANY = ((2, 1), (1, 2), (2, 2))
FORMATS = {
    "steps/s": ".2f",
    "to Sideways, 1 worker": ".2f",
    "to the best backpropagation": ".2f",
    "paper, steps/s": "{} ({})",
}
PREDICTION_FORMATS = {"ms per tick and subnetwork": ".2f", "speed-up": ".2f"}


@gin.configurable("table2", module="sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/sideways/table2`.

    Attributes:
        size: height and width of frames, in pixels.
        num_frames: frames of a clip; they are random numbers.
        batch: clips of a step.
        repeats: steps of a process; the median counts.
        rounds: how often all is measured, in turn.
        widths: {network: its width multiplier}.
    """

    size: int
    num_frames: int
    batch: int
    repeats: int
    rounds: int
    widths: Mapping[str, float]


def run(request: Request) -> None:
    """Measures every method, each thread setting in a process of its own, and writes two tables."""
    setting = settings.read(Settings, "sideways/table2", request.scale)
    rows, predictions = [], []
    for network in setting.widths:
        rows += _rows(network, setting.widths[network], _seconds(network, setting))
        predictions += _predictions(network, setting)
    size = setting.size
    notes = [
        tables.machine(),
        f"scale {request.scale}: {setting.batch} clips of {setting.num_frames} random frames, {size} x {size}, "
        f"float32, SGD; every setting in a process of its own, {setting.rounds} rounds of all settings in turn; the "
        f"median of {setting.repeats} steps in each round, and of the rounds, at each row's best thread setting",
        "a worker is one core; backpropagation may use all of them, within operations or across",
    ]
    request.report("table2", "Table 2: training speed", tables.Rows(rows, FORMATS), notes)
    notes = [
        tables.machine(),
        "speed-up = cost of all subnetworks / cost of the most expensive one; costs are forward and backward of one "
        "tick, measured one unit at a time on one core; communication is left out",
    ]
    title = "Table 2: speed-up predicted from measured costs"
    predictions = tables.Rows(predictions, PREDICTION_FORMATS)
    request.report("table2_prediction", title, predictions, notes)


def _seconds(network: str, setting: Settings) -> dict[tuple[str, tuple[int, int]], float]:
    """{(method, threads): seconds per step}."""
    choices: list[tuple[str, tuple[int, int]]] = [("sideways", threads) for threads in (ONE_PROBE, TWO_PROBES)]
    choices += [(method, threads) for method in METHODS if method != "sideways" for threads in ANY]
    seconds: dict[tuple[str, tuple[int, int]], list[float]] = {}
    # In turn, so that a slow spell of the machine does not hit one setting alone.
    for method, threads in track(choices * setting.rounds, description=network, transient=True):
        result = measure(
            "speed",
            threads[0],
            threads[1],
            MEASUREMENTS,
            repeats=setting.repeats,
            network=network,
            width=setting.widths[network],
            size=setting.size,
            num_frames=setting.num_frames,
            batch=setting.batch,
            num_subnetworks=DEVICES[network],
            method=method,
        )
        seconds.setdefault((method, threads), []).append(float(np.median(result["seconds_per_step"])))
    return {choice: float(np.median(values)) for choice, values in seconds.items()}


def _rows(network: str, width: float, seconds: Mapping[tuple[str, tuple[int, int]], float]) -> list[dict[str, Any]]:
    def best(method: str, choices: Sequence[tuple[int, int]]) -> tuple[float, tuple[int, int]]:
        return min((seconds[method, threads], threads) for threads in choices)

    one_worker, two_workers = best("sideways", [ONE_PROBE]), best("sideways", [TWO_PROBES])
    plain = {method: best(method, ANY) for method in METHODS if method != "sideways"}
    fastest = min(value for value, _ in plain.values())
    rows = {"Sideways, 1 worker": one_worker, "Sideways, 2 workers": two_workers, **plain}
    paper = PAPER[network]
    published = {
        "Sideways, 2 workers": paper[1:],
        "backpropagation, frame by frame": str(paper[0]),
    }
    return [
        {
            "network": network,
            "width": width,
            "method": name,
            "steps/s": 1 / value,
            "threads (intra, inter)": threads,
            "to Sideways, 1 worker": one_worker[0] / value,
            "to the best backpropagation": fastest / value,
            "paper, steps/s": published.get(name, "-"),
        }
        for name, (value, threads) in rows.items()
    ]


def _predictions(network: str, setting: Settings) -> list[dict[str, Any]]:
    width = setting.widths[network]
    costs = measure(
        "unit_costs",
        1,
        1,
        MEASUREMENTS,
        network=network,
        size=setting.size,
        width=width,
        batch=setting.batch,
        repeats=10 * setting.repeats,
    )
    costs = {name: costs["forward"][name] + costs["backward"][name] for name in costs["forward"]}
    net = build(network, setting.size, width)
    rows = []
    for devices in (2, 4, DEVICES[network]):
        cuts = {"balanced": net.parallel(devices, cut="balanced", costs=costs)}
        if devices in net.cuts:
            cuts = {"paper": net.parallel(devices, cut="paper"), **cuts}
        for name, cut in cuts.items():
            of_subnetwork = [sum(costs[unit.name] for unit in cut.schedule.subnetwork_units(i)) for i in range(devices)]
            rows.append(
                {
                    "network": network,
                    "devices": devices,
                    "cut": name,
                    "ms per tick and subnetwork": tuple(1000 * cost for cost in of_subnetwork),
                    "speed-up": sum(of_subnetwork) / max(of_subnetwork),
                    "paper": PAPER[network][2] if devices == DEVICES[network] and name == "paper" else "-",
                }
            )
    return rows


RESULT = Result(run)
