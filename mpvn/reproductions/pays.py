"""When depth-parallel networks pay: accuracy over cost and latency, beside skipping frames."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gin

from mpvn.ranges import Count, CountOrZero, Positive
from mpvn.reproductions.paying import costs, deployment_rows, picture
from mpvn.reproductions.paying.deployment import Deployed
from mpvn.reproductions.paying.deployment_rows import Question
from mpvn.reproductions.paying.front import beyond_paired, front
from mpvn.reproductions.paying.measure import Measure, measures_of
from mpvn.reproductions.paying.way import HELD, TRAINED, Setting, Way, judged, run_of, sequential_run
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import Outcome, evaluation_of, run_all
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
        seed: of every way.
        fps: frames per second of the figures, for every way.
        tasks: {name: (training steps in all, gin files of every run)}.
        first_tick: from which on outputs are judged.
        ways: by task, see `Way`; the first one is the sequential network at every frame.
        again: (task, fps, seeds, labels of ways): what is done at other rates and with other seeds.
        skipping: series that skip frames and do nothing else.
        full_size: gin settings of the size at which costs are counted and times measured.
        seconds: that a time is measured.
        deployed: gin settings of the size that is deployed, which one worker cannot follow.
        workers: numbers of them.
        subnetworks: of the depth-parallel networks that are deployed, the ways by whose names they were trained.
    """

    seed: CountOrZero
    fps: Count
    tasks: Mapping[str, tuple[Count, Sequence[str]]]
    first_tick: CountOrZero
    ways: Mapping[str, Sequence[tuple]]
    again: Sequence[tuple[str, int, Sequence[int], Sequence[str]]]
    skipping: Sequence[str]
    full_size: Sequence[str]
    seconds: Positive
    deployed: Sequence[str]
    workers: Sequence[Count]
    subnetworks: Mapping[int, tuple[str, str]]

    def ways_of(self, task: str) -> list[Way]:
        return [Way(*row) for row in self.ways[task]]

    def setting(self, task: str, fps: int, seed: int) -> Setting:
        steps, gin_files = self.tasks[task]
        return Setting(task, fps, seed, steps, tuple(gin_files), self.first_tick)

    def pairs(self) -> list[tuple[Setting, Way]]:
        """What is trained, in this order: `again`, and all ways; held ones after that whose network is theirs."""
        rows = [
            *self.again,
            *((task, self.fps, (self.seed,), [way.label for way in self.ways_of(task)]) for task in self.tasks),
        ]
        found: dict[tuple[Setting, Way], None] = {}
        for task, fps, seeds, labels in rows:
            first, *others = self.ways_of(task)
            chosen = [way for way in others if way.label in labels]
            if first.label in labels or any(way.begins == HELD for way in chosen):
                chosen.insert(0, first)
            for seed in seeds:
                found |= dict.fromkeys((self.setting(task, fps, seed), way) for way in chosen)
        return list(found)

    def seeds(self, task: str, fps: int) -> list[int]:
        """All that are there at a rate."""
        return sorted({self.seed}.union(*(row[2] for row in self.again if tuple(row[:2]) == (task, fps))))

    def fields(self) -> list[tuple[str, int]]:
        """(task, fps), the rate of every way first."""
        rates = [(task, self.fps) for task in self.tasks] + [(task, fps) for task, fps, *_ in self.again]
        return sorted(dict.fromkeys(rates), key=lambda field: list(self.tasks).index(field[0]))


def run(request: Request) -> None:
    setting = settings.read(Settings, "mpvn/pays", request)
    found = measured(setting, request)
    of_cost: dict[tuple[str, str], list[picture.Mark]] = {}
    of_latency: dict[tuple[str, str], list[picture.Mark]] = {}
    compared: list[dict[str, Any]] = []
    for task, fps in setting.fields():
        ways = [way for way in setting.ways_of(task) if _values(way, task, fps, measures_of(task)[0], found)]
        spent = {way: _spent(way, task, setting, request) for way in ways}
        _report(f"pays_{task}_{fps}", fps, _rows(fps, task, found, spent), task, setting, request)
        compared += _compared(task, fps, setting, found, spent)
        first = measures_of(task)[0]
        title = (f"{task}, {fps} frames/s", first.column)
        worth = {way: _over_seeds(way, task, fps, first, found) for way in ways}
        of_cost[title] = [picture.Mark(way.series, way.label, spent[way]["cost"], worth[way]) for way in ways]
        of_latency[title] = [
            picture.Mark(way.series, way.label, 1000 * spent[way]["latency"][1] / fps, worth[way]) for way in ways
        ]
    _report_compared(compared, setting, request)
    _report_deployment(setting, found, request)
    cost, age = "multiplications per frame, relative", "mean age of the newest frame, ms"
    picture.draw(of_cost, request.folder / "pays_cost.png", cost, True, setting.skipping, request.of_pictures)
    picture.draw(of_latency, request.folder / "pays_latency.png", age, False, setting.skipping, request.of_pictures)


def measured(setting: Settings, request: Request) -> dict[tuple[Setting, Way], dict[str, float]]:
    """What the evaluation says of every way in its setting; what is finished is only read."""
    folder, pairs = request.folder / "runs", setting.pairs()
    begun = dict.fromkeys(of for of, way in pairs if way.begins == TRAINED)
    beginnings = [sequential_run(of, request) for of in begun]
    run_all(beginnings, folder)
    runs = {(of, way): run_of(way, of, request) for of, way in pairs if way.begins != HELD}
    outcomes: dict[str, Outcome] = {}
    made = {run.data for run in beginnings}
    for data, batch in itertools.groupby(runs.values(), key=lambda run: run.data):
        outcomes |= run_all(list(batch), folder, data_made=made)
        made.add(data)
    found = {pair: dict(outcomes[run.name].measures) for pair, run in runs.items()}
    for of, way in pairs:
        if way.begins == HELD:
            found[of, way] = _held(way, folder / runs[of, setting.ways_of(of.task)[0]].name, of)
    return found


def _held(way: Way, base: Path, setting: Setting) -> dict[str, float]:
    """What the evaluation says of the network of another run in the schedule of a way."""
    return evaluation_of(base, way.folder, way.settings, judged(setting))


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
                    **asdict(costs.work(full)),
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
        "peak": own["peak"] / whole["live"],
        "small": own["small"] / whole["small"],
        "latency": own["latency"],
        "step": own["step"],
        "chunk": own["chunk"],
    }


def _values(way: Way, task: str, fps: int, measure: Measure, found: Found) -> dict[int, float]:
    """{seed: value}, in the table's unit."""
    return {
        of.seed: measure.factor * said[measure.name]
        for (of, each), said in found.items()
        if each == way and (of.task, of.fps) == (task, fps)
    }


def _over_seeds(way: Way, task: str, fps: int, measure: Measure, found: Found) -> Interval:
    return interval(list(_values(way, task, fps, measure, found).values()))


def _rows(fps: int, task: str, found: Found, spent: Mapping[Way, dict]) -> list[dict[str, Any]]:
    return [
        {
            "way": way.label,
            **{m.column: _over_seeds(way, task, fps, m, found) for m in measures_of(task)},
            "cost": own["cost"],
            "scheduled": own["scheduled"],
            "most expensive tick": own["peak"],
            "cost as trained": own["small"],
            "ms by step": 1000 * own["step"],
            "ms in chunks": 1000 * own["chunk"],
            "age of the newest frame, ms": (1000 * own["latency"][1] / fps, 1000 * own["latency"][2] / fps),
        }
        for way, own in spent.items()
    ]


def _report(name: str, fps: int, rows: list[dict], task: str, setting: Settings, request: Request) -> None:
    forms = {measure.column: measure.form for measure in measures_of(task)}
    forms |= dict.fromkeys(("cost", "scheduled", "most expensive tick", "cost as trained"), ".2f")
    forms |= dict.fromkeys(("ms by step", "ms in chunks"), ".2f")
    forms["age of the newest frame, ms"] = "{:.0f} / {:.0f}"
    seeds = setting.seeds(task, fps)
    several = f"seeds {listed(seeds)} where there is an interval of 95%, else " if len(seeds) > 1 else ""
    steps = setting.tasks[task][0]
    notes = [
        tables.machine(),
        f"scale {request.scale}: walkers; {several}seed {setting.seed}; {steps} training steps in all",
        f"judged from tick {setting.first_tick} on, every output against what is true at its tick",
        f"cost: multiplications that some output depends on, relative to the first row, at {_size(setting)}; "
        f"scheduled: with dead ones; as trained: cost at the size that was trained",
        f"ms per frame at {_size(setting)}, one core, dead executions left out: one frame per call, and several",
        "age of the newest frame in the output, mean and worst over the hyper-period; without the time of computing",
    ]
    request.report(name, f"{task}, {fps} frames/s", tables.Rows(rows, forms), notes)


def _size(setting: Settings) -> str:
    return ", ".join(setting.full_size)


def _compared(task: str, fps: int, setting: Settings, found: Found, spent: Mapping[Way, dict]) -> list[dict[str, Any]]:
    """Which ways are on the front, and by how much they lie beyond those that skip frames, paired by seed."""
    measure = measures_of(task)[0]
    values = {way: _values(way, task, fps, measure, found) for way in spent}
    # In the unit of the table, more being better; ways that skip alike cost alike.
    points = {
        way.label: (round(spent[way]["cost"], 3), {seed: measure.sign * value for seed, value in values[way].items()})
        for way in spent
    }
    chosen = front({name: (cost, interval(list(worth.values())).mean) for name, (cost, worth) in points.items()})
    skipping = {way.label: points[way.label] for way in spent if way.series in setting.skipping}
    rows = []
    for way in spent:
        known = [] if way.label in skipping else beyond_paired(*points[way.label], skipping)
        rows.append(
            {
                "task": task,
                "frames/s": fps,
                "way": way.label,
                "cost": spent[way]["cost"],
                "measure": measure.column,
                "value": tables.cell_text(interval(list(values[way].values())), measure.form),
                "on the front": "yes" if way.label in chosen else "",
                "beyond skipping frames": tables.cell_text(interval(known), measure.form) if known else "",
                "seeds": len(values[way]),
            }
        )
    return rows


def _report_compared(rows: list[dict[str, Any]], setting: Settings, request: Request) -> None:
    notes = [
        tables.machine(),
        f"scale {request.scale}: walkers; intervals of 95% over seeds",
        f"cost: multiplications that some output depends on, relative to the sequential network, at {_size(setting)}",
        "beyond skipping frames: the difference of the value at the same cost from the line between the best ways that "
        f"skip frames and do nothing else ({'; '.join(setting.skipping)}) of those that ran with the same seeds, "
        "paired by seed; more is better, also where the value is a loss, of which less is",
    ]
    request.report("pays", "Where it pays", tables.Rows(rows, {"cost": ".2f"}), notes)


def _report_deployment(setting: Settings, found: Found, request: Request) -> None:
    """A camera and some workers: what each way to use them gives, on keypoints."""
    task, fps = "keypoints", setting.fps
    measure, of = measures_of(task)[0], setting.setting(task, setting.fps, setting.seed)
    base = setting.ways_of(task)[0]
    by_name = {way.label: way for way in setting.ways_of(task)}

    def accuracy(kind: str, count: int, deployed: Deployed) -> dict[str, Any]:
        if kind == "whole frames":
            # With aligned skips the output is that of the sequential network, late by the other subnetworks.
            late = (f"network.num_subnetworks={deployed.late + 1}", "network.skips='aligned'", "network.cut='balanced'")
            way = Way("", f"{deployed.every} {deployed.late} late", HELD, (f"network.clocks={deployed.every}", *late))
            value = _held(way, request.folder / "runs" / run_of(base, of, request).name, of)[measure.name]
        else:
            name = setting.subnetworks.get(count, ("", ""))[kind != "depth-parallel"]
            if deployed.every > 1 or name not in by_name:
                return {measure.column: ""}
            value = found[of, by_name[name]][measure.name]
        return {measure.column: value}

    question = Question(fps, setting.workers, [count for count in setting.subnetworks if count > 1], setting.seconds)
    _, gin_files = setting.tasks[task]
    shift = "network.transforms=[@with_temporal_shift]"
    networks = {
        "plain": costs.network(gin_files, setting.deployed),
        "clocked": costs.network(gin_files, [*setting.deployed, shift]),
    }
    rows = deployment_rows.rows(question, networks, accuracy, request.folder / "costs" / "deployment.json")
    notes = [
        tables.machine(),
        f"a camera of {fps} frames/s, {', '.join(setting.deployed)}; streaming loss: of the same ways at the size that "
        f"was trained, seed {of.seed}, with the frames that are left out and the delay in whole frames; none where no "
        f"network was trained so",
        "latency: age of the newest frame in the output, mean over time and worst, with the time of computing",
        "predicted: from the time of each unit, all waiting for the slowest at every tick, messages for nothing",
        "clocks: halving, with temporal shift and level phases; memory: weights and registers of the fullest worker",
    ]
    forms = deployment_rows.FORMATS | {measure.column: measure.form}
    title = "Deployment: one camera, several workers"
    request.report("pays_deployment", title, tables.Rows(rows, forms), notes)


RESULT = Result(run, made_of_runs=True)
