"""Table 2: training steps per second, what more devices would give, and what small batches cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gin
import numpy as np
from rich.progress import track

from mpvn.benchmarks.support.processes import measure
from mpvn.devices.forecast import Costs
from mpvn.ranges import Count, Positive
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
PREDICTION_FORMATS = {"ms per tick and subnetwork": ".3g", "speed-up": ".2f"}


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

    size: Count
    num_frames: Count
    batch: Count
    repeats: Count
    rounds: Count
    widths: Mapping[str, Positive]


def run(request: Request) -> None:
    """Measures every method, each thread setting in a process of its own, and writes three tables."""
    setting = settings.read(Settings, "sideways/table2", request)
    rows, predictions, by_batch = [], [], []
    for network in setting.widths:
        rows += _rows(network, setting.widths[network], _seconds(network, setting))
        predictions += _predictions(network, setting)
        by_batch += _by_batch(network, setting)
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
    notes = [
        tables.machine(),
        f"forward, backward and adding gradients to their sum, on one core; a tick of Sideways has {setting.batch} "
        f"frames, backpropagation with time in the batch has {setting.batch * setting.num_frames}",
    ]
    title = "Table 2: microseconds per frame by frames in a batch"
    request.report(
        "table2_batches", title, tables.Rows(by_batch, dict.fromkeys(_columns(setting).values(), ".0f")), notes
    )


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


def _costs(network: str, setting: Settings, batch: int, repeats: int) -> Costs:
    """The costs of units on one core."""
    about: dict[str, Any] = {"network": network, "size": setting.size, "width": setting.widths[network]}
    return Costs(**measure("unit_costs", 1, 1, MEASUREMENTS, batch=batch, repeats=repeats, **about))


def _columns(setting: Settings) -> dict[int, str]:
    """{frames in a batch: title}: one tick, two, eight, and a whole clip."""
    ticks = sorted({1, min(2, setting.num_frames), min(8, setting.num_frames), setting.num_frames})
    return {setting.batch * count: f"us per frame, batches of {setting.batch * count}" for count in ticks}


def _by_batch(network: str, setting: Settings) -> list[dict[str, Any]]:
    of_batch = {
        frames: _costs(network, setting, frames, setting.repeats * (1 if frames > 100 else 3)).total
        for frames in _columns(setting)
    }
    units = {name: [name] for name in next(iter(of_batch.values()))}
    return [
        {"network": network, "unit": label}
        | {
            title: 1e6 * sum(of_batch[frames][name] for name in names) / frames
            for frames, title in _columns(setting).items()
        }
        for label, names in (units | {"all": list(units)}).items()
    ]


def _predictions(network: str, setting: Settings) -> list[dict[str, Any]]:
    measured, width = _costs(network, setting, setting.batch, 10 * setting.repeats), setting.widths[network]
    costs = {name: measured.forward[name] + measured.backward[name] for name in measured.forward}
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
