"""Where Sideways is as accurate as backpropagation: the difference over one axis of the setting at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gin

from mpvn.ranges import Count, CountOrZero, Seeds
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import Outcome, Run, run_all
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import PERCENT, listed, of_each, over_seeds
from mpvn.results import curves, tables
from mpvn.results.intervals import Interval, interval
from mpvn.schedule.schedule import Schedule
from sideways_tf.reproductions.support.runs import METHODS, file_name, run_of

CALIBRATION = ("calibration error", "calibrated loss")
FORMATS = {
    **dict.fromkeys((*METHODS, "Sideways - backpropagation"), ".1f"),
    **{f"{measure}, {method}": ".3f" for measure in CALIBRATION for method in METHODS},
}


@gin.configurable("staleness", module="sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/sideways/staleness`.

    Attributes:
        first_seeds: of every point.
        more_seeds: of the points on the axes that are followed.
        followed: names of axes.
        at_once: how many runs go side by side; None for as many as there are cores.
        networks: {label: gin files of its runs, later files win}.
        axes: {axis: {value: settings that it adds}}; a point changes one axis from where `networks` stand; a value
            that adds nothing is theirs.
        leave_out: {axis: labels of networks that have no points there}.
    """

    first_seeds: Seeds
    more_seeds: Sequence[CountOrZero]
    followed: Sequence[str]
    at_once: Count | None
    networks: Mapping[str, Sequence[str]]
    axes: Mapping[str, Mapping[str, Sequence[str]]]
    leave_out: Mapping[str, Sequence[str]]

    def seeds(self, axis: str) -> Sequence[int]:
        """Of the points of an axis."""
        return (*self.first_seeds, *(self.more_seeds if axis in self.followed else ()))


@dataclass(frozen=True)
class Point:
    """A setting: what stands at a value of one axis."""

    network: str
    axis: str
    value: str


def run(request: Request) -> None:
    """Trains with both methods at every point, and writes the table and the picture of the differences."""
    setting = settings.read(Settings, "sideways/staleness", request)
    settings.check_names("staleness.followed", setting.followed, setting.axes)
    settings.check_names("staleness.leave_out", setting.leave_out, setting.axes)
    points = [
        Point(network, axis, value)
        for axis, values in setting.axes.items()
        for network in setting.networks
        if network not in setting.leave_out.get(axis, ())
        for value in values
    ]
    runs = {
        (point, method, seed): _run(point, method, seed, setting, request)
        for point in points
        for method in METHODS
        for seed in setting.seeds(point.axis)
    }
    outcomes = _in_order_of_seeds(runs, request.folder / "runs", setting.at_once)
    of_point = {
        point: {
            method: [outcomes[runs[point, method, seed].name] for seed in setting.seeds(point.axis)]
            for method in METHODS
        }
        for point in points
    }
    rows = [_row(point, by_method, setting.seeds(point.axis)) for point, by_method in of_point.items()]
    picture = _draw(rows, request.folder / "staleness.png", request.of_pictures)
    title = "Sideways and backpropagation, one axis at a time"
    rows = tables.Rows(rows, FORMATS)
    request.report("staleness", title, rows, _notes(request.scale), [picture], runs=of_each(outcomes))


def _in_order_of_seeds(
    runs: Mapping[tuple[Point, str, int], Run], folder: Path, at_once: int | None
) -> dict[str, Outcome]:
    """One seed after the other, for an early first look at all points. Where axes meet, a run is the same."""
    outcomes: dict[str, Outcome] = {}
    made: set[str] = set()
    for seed in sorted({seed for _, _, seed in runs}):
        of_seed = {one.name: one for (_, _, of), one in runs.items() if of == seed}
        outcomes |= run_all(list(of_seed.values()), folder, at_once, data_made=made)
        made |= {one.data for one in of_seed.values()}
    return outcomes


def _run(point: Point, method: str, seed: int, setting: Settings, request: Request) -> Run:
    added = setting.axes[point.axis][point.value]
    place = f"{point.axis}_{point.value}" if added else "base"
    data = " ".join(sorted(line for line in added if line.startswith("walkers.")))
    one = run_of(
        file_name(f"{point.network}_{place}_{METHODS[method]}_{seed}").replace("/", "_per_"),
        setting.networks[point.network],
        "walkers",
        request,
        tuple(added),
        method,
        fixed=[f"train.seed={seed}"],
    )
    return Run(**vars(one) | {"data": data})


def _row(point: Point, by_method: Mapping[str, Sequence[Outcome]], seeds: Sequence[int]) -> dict[str, Any]:
    differences = [
        PERCENT * (one.measures["accuracy"] - other.measures["accuracy"])
        for one, other in zip(by_method["Sideways"], by_method["backpropagation"], strict=True)
    ]
    return {
        "network": point.network,
        "axis": point.axis,
        "value": point.value,
        "stalest cotangent, frames": _stalest(by_method["Sideways"][0]),
        **{method: over_seeds(by_method[method], "accuracy", PERCENT) for method in METHODS},
        "Sideways - backpropagation": interval(differences),
        **{
            f"{measure}, {method}": over_seeds(by_method[method], measure)
            for measure in CALIBRATION
            for method in METHODS
        },
        "seeds": listed(seeds),
    }


def _stalest(outcome: Outcome) -> int:
    schedule = Schedule.from_csv(outcome.folder / "schedule.csv")
    return max(schedule.path_staleness[schedule.units[0].name])


def _draw(rows: Sequence[Mapping[str, Any]], path: Path, also: Sequence[str]) -> Path:
    """The differences, an axis in each panel."""
    panels: dict[str, dict[str, list[tuple[str, Interval]]]] = {}
    for row in rows:
        lines = panels.setdefault(row["axis"], {})
        lines.setdefault(row["network"], []).append((row["value"], row["Sideways - backpropagation"]))
    return curves.draw_values(panels, path, "Sideways - backpropagation, points", also=also)


def _notes(scale: str) -> list[str]:
    return [
        tables.machine(),
        f"scale {scale}; test accuracy in per cent; mean and 95% interval over seeds, of the difference paired by seed",
        "a point changes one axis; backpropagation: exact gradients through the same network and registers",
        "calibration error: expected, 15 bins; calibrated loss: cross-entropy in nats after one temperature",
    ]


RESULT = Result(run, made_of_runs=True)
