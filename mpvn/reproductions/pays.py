"""When depth-parallel networks pay: accuracy over cost and latency, beside skipping frames."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gin

from mpvn.benchmarks.support.processes import call
from mpvn.reproductions.paying import costs, picture
from mpvn.reproductions.paying.front import beyond, front
from mpvn.reproductions.paying.measure import Measure, measures_of
from mpvn.reproductions.paying.way import HELD, Setting, Way, judged, run_of, sequential_run
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import ONE_CORE, run_all
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import listed
from mpvn.results import tables
from mpvn.results.intervals import Interval, interval

Found = Mapping[tuple[Setting, Way], Mapping[str, float]]  # what evaluations say


@gin.configurable("pays", module="mpvn")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/mpvn/pays`.

    Attributes:
        seeds: the first one is that of every way.
        fps: frames per second of the figures, the first one for every way.
        tasks: {name: (training steps in all, gin files of every run)}.
        first_tick: from which on outputs are judged.
        ways: by task, see `Way`; the first one is the sequential network at every frame.
        again: by task, labels of ways for all seeds at the first rate, and for the first seed at the others.
        skipping: series that skip frames and do nothing else.
        full_size: gin settings of the size at which costs are counted and times measured.
        seconds: that a time is measured.
    """

    seeds: Sequence[int]
    fps: Sequence[int]
    tasks: Mapping[str, tuple[int, Sequence[str]]]
    first_tick: int
    ways: Mapping[str, Sequence[tuple]]
    again: Mapping[str, Sequence[str]]
    skipping: Sequence[str]
    full_size: Sequence[str]
    seconds: float

    def ways_of(self, task: str) -> list[Way]:
        return [Way(*row) for row in self.ways[task]]

    def again_of(self, task: str) -> list[Way]:
        """With the first way, whose network the held ones are."""
        ways = self.ways_of(task)
        return [way for way in ways if way is ways[0] or way.label in self.again.get(task, ())]

    def setting(self, task: str, fps: int, seed: int) -> Setting:
        steps, gin_files = self.tasks[task]
        return Setting(task, fps, seed, steps, tuple(gin_files), self.first_tick)

    def all(self) -> dict[Setting, list[Way]]:
        """What is trained: all ways once, then those of `again` for other seeds and rates."""
        first = {self.setting(task, self.fps[0], self.seeds[0]): self.ways_of(task) for task in self.tasks}
        others = [(self.fps[0], seed) for seed in self.seeds[1:]] + [(fps, self.seeds[0]) for fps in self.fps[1:]]
        return first | {
            self.setting(task, fps, seed): self.again_of(task)
            for fps, seed in others
            for task in self.tasks
            if self.again.get(task)
        }


def run(request: Request) -> None:
    setting = settings.read(Settings, "mpvn/pays", request.scale)
    found = measured(setting.all(), request)
    of_cost: dict[tuple[str, str], list[picture.Mark]] = {}
    of_latency: dict[tuple[str, str], list[picture.Mark]] = {}
    for task in setting.tasks:
        spent = {way: _spent(way, task, setting, request) for way in setting.ways_of(task)}
        for fps in setting.fps:
            rows = _rows(task, fps, setting, found, spent)
            if rows:
                _report(f"pays_{task}_{fps}", f"{task}, {fps} frames/s", rows, task, setting, request)
        _report_beyond(task, setting, found, spent, request)
        first, title = measures_of(task)[0], (task, measures_of(task)[0].column)
        of_cost[title], of_latency[title] = [], []
        for way in setting.ways_of(task):
            worth = _over_seeds(way, task, setting.fps[0], first, setting, found)
            of_cost[title].append(picture.Mark(way.series, way.label, spent[way]["cost"], worth))
            latency = 1000 * spent[way]["latency"][1] / setting.fps[0]
            of_latency[title].append(picture.Mark(way.series, way.label, latency, worth))
    picture.draw(
        of_cost, request.folder / "pays_cost.png", "multiplications per frame, of the sequential network", True
    )
    picture.draw(of_latency, request.folder / "pays_latency.png", "mean age of the newest frame known, ms", False)


def measured(ways: Mapping[Setting, Sequence[Way]], request: Request) -> dict[tuple[Setting, Way], dict[str, float]]:
    """What the evaluation says of every way in its setting; what is finished is only read."""
    folder = request.folder / "runs"
    run_all([sequential_run(setting, request) for setting in ways], folder)
    pairs = [(setting, way) for setting, of_setting in ways.items() for way in of_setting]
    runs = {(setting, way): run_of(way, setting, request) for setting, way in pairs if way.begins != HELD}
    outcomes = run_all(list(runs.values()), folder, data_made=True)
    return {
        (setting, way): _held(way, folder / runs[setting, ways[setting][0]].name, setting)
        if way.begins == HELD
        else outcomes[runs[setting, way].name].measures
        for setting, way in pairs
    }


def _held(way: Way, base: Path, setting: Setting) -> dict[str, float]:
    path = base / f"evaluation_{way.folder}.json"
    if not path.exists():
        params = [f"--gin_param={param}" for param in way.settings]
        call("mpvn.evaluate", f"--model_dir={base}", *params, *judged(setting), f"--output={path}", **ONE_CORE)
    return json.loads(path.read_text())["networks"]["as trained"]


def _spent(way: Way, task: str, setting: Settings, request: Request) -> dict[str, Any]:
    """Costs of a way, relative to those of the first one, and its latency in frames; kept in a file."""
    path = request.folder / "costs" / f"{task}_{way.folder}.json"
    if not path.exists():
        _, gin_files = setting.tasks[task]
        small, full = (costs.network(gin_files, [*way.settings, *size]) for size in ((), setting.full_size))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps(
                {
                    "small": costs.work(small).live,
                    "live": costs.work(full).live,
                    "scheduled": costs.work(full).scheduled,
                    "latency": small.schedule.information_latency,
                    **costs.seconds_per_frame(full, setting.seconds),
                }
            )
        )
    own = json.loads(path.read_text())
    first = setting.ways_of(task)[0]
    whole = own if way == first else json.loads((path.parent / f"{task}_{first.folder}.json").read_text())
    return {
        "cost": own["live"] / whole["live"],
        "scheduled": own["scheduled"] / whole["live"],
        "small": own["small"] / whole["small"],
        "latency": own["latency"],
        "step": own["step"],
        "chunk": own["chunk"],
    }


def _over_seeds(way: Way, task: str, fps: int, measure: Measure, setting: Settings, found: Found) -> Interval:
    pairs = [(setting.setting(task, fps, seed), way) for seed in setting.seeds]
    return interval([measure.factor * found[pair][measure.name] for pair in pairs if pair in found])


def _rows(task: str, fps: int, setting: Settings, found: Found, spent: Mapping[Way, dict]) -> list[dict[str, Any]]:
    rows = []
    for way in setting.ways_of(task):
        if (setting.setting(task, fps, setting.seeds[0]), way) not in found:
            continue
        own = spent[way]
        rows.append(
            {
                "way": way.label,
                **{m.column: _over_seeds(way, task, fps, m, setting, found) for m in measures_of(task)},
                "cost": own["cost"],
                "scheduled": own["scheduled"],
                "cost as trained": own["small"],
                "ms by step": 1000 * own["step"],
                "ms in chunks": 1000 * own["chunk"],
                "age of the newest frame, ms": (1000 * own["latency"][1] / fps, 1000 * own["latency"][2] / fps),
            }
        )
    return rows


def _report(name: str, title: str, rows: list[dict], task: str, setting: Settings, request: Request) -> None:
    forms = {measure.column: measure.form for measure in measures_of(task)}
    forms |= dict.fromkeys(("cost", "scheduled", "cost as trained"), ".2f")
    forms |= dict.fromkeys(("ms by step", "ms in chunks"), ".2f")
    forms["age of the newest frame, ms"] = "{:.0f} / {:.0f}"
    notes = [
        tables.machine(),
        f"scale {request.scale}: walkers; seeds {listed(setting.seeds)} where there is an interval of 95%, else "
        f"{setting.seeds[0]}; {setting.tasks[task][0]} training steps in all",
        f"judged from tick {setting.first_tick} on, every output against what is true at its tick",
        f"cost: multiplications that some output depends on, relative to the first row, at {_size(setting)}; "
        f"scheduled: with dead ones; as trained: cost at the size that was trained",
        f"ms per frame at {_size(setting)}, one core, dead executions left out: one frame per call, and several",
        "age of the newest frame in the output, mean and worst over the hyper-period; without the time of computing",
    ]
    tables.report(request.folder, name, title, tables.Rows(rows, forms), notes)


def _size(setting: Settings) -> str:
    return ", ".join(setting.full_size)


def _report_beyond(task: str, setting: Settings, found: Found, spent: Mapping[Way, dict], request: Request) -> None:
    """By how much ways lie beyond those that skip frames, paired by seed."""
    measure, fps = measures_of(task)[0], setting.fps[0]
    ways = setting.ways_of(task)
    worths = {way: measure.sign * _over_seeds(way, task, fps, measure, setting, found).mean for way in ways}
    skipping = [way for way in ways if way.series in setting.skipping]
    # Of ways that skip alike, the one that is best over seeds.
    best = front({way.label: (round(spent[way]["cost"], 3), worths[way]) for way in skipping})
    curve = [way for way in skipping if way.label in best]
    rows = []
    for way in ways:
        differences = []
        for seed in setting.seeds:
            of = setting.setting(task, fps, seed)
            points = [
                (spent[w]["cost"], measure.factor * found[of, w][measure.name]) for w in curve if (of, w) in found
            ]
            if way not in skipping and (of, way) in found and len(points) == len(curve):
                worth = measure.factor * found[of, way][measure.name]
                difference = beyond((spent[way]["cost"], worth), points)
                differences += [] if difference is None else [difference]
        if differences:
            rows.append({"way": way.label, "cost": spent[way]["cost"], "beyond skipping": interval(differences)})
    if rows:
        forms = {"cost": ".2f", "beyond skipping": measure.form}
        notes = [
            f"difference of {measure.column} at the same cost from the line between ways that skip frames: "
            f"{', '.join(way.label for way in curve)}; paired by seed; "
            + ("less" if measure.sign < 0 else "more")
            + " is better",
            f"the front: {', '.join(front({way.label: (spent[way]['cost'], worths[way]) for way in ways}))}",
        ]
        name, title = f"pays_{task}_beyond", f"{task}: beyond skipping frames"
        tables.report(request.folder, name, title, tables.Rows(rows, forms), notes)


RESULT = Result(run, made_of_runs=True)
