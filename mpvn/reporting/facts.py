"""The content of a page, as values for JSON."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mpvn.schedule.schedule import Schedule

MOST_TICKS = 96  # number of drawn items
# Charts that come first, each with training and held-out data.
FIRST = ("loss", "accuracy", "learning_rate", "steps_per_second")
_HELD_OUT = re.compile(r"^(val|test)_")


def schedule_facts(
    schedule: Schedule, costs: Mapping[str, float] | None = None, layers: Mapping[str, str] = {}
) -> dict[str, Any]:
    """A schedule in the form that the page needs.

    Args:
        schedule: schedule of a network.
        costs: operations of one execution of each unit, if known; otherwise executions are counted.
        layers: {unit: description of its layer}.
    """
    period = schedule.hyper_period
    return {
        "units": [
            {
                "name": unit.name,
                "subnetwork": unit.subnetwork,
                "period": unit.period,
                "phase": unit.phase,
                "reads": [
                    {"source": read.source, "delay": read.delay, "tap": read.tap, "feedback": read.feedback}
                    for read in unit.reads
                ],
                "valid_from": schedule.unit_valid_from(unit.name),
                "live": sorted(tick for name, tick in schedule.live if name == unit.name),
                "cost": None if costs is None else float(costs[unit.name]),
                "layer": layers.get(unit.name, "a unit"),
                "staleness": list(schedule.path_staleness.get(unit.name, ())),
            }
            for unit in schedule.units
        ],
        "num_subnetworks": schedule.num_subnetworks,
        "hyper_period": period,
        "drawn_ticks": min(MOST_TICKS, max(16, schedule.valid_from + 2 * period)),
        "load_per_tick": list(map(float, schedule.load_per_tick(costs))),
        "load_words": f"{_cost_unit(costs).capitalize()} of every tick of the hyper-period on one device.",
        "cost_unit": _cost_unit(costs),
        "balance": _balance(schedule, costs),
    }


def overview(schedule: Schedule) -> list[list[Any]]:
    """The main properties of a schedule."""
    period = schedule.hyper_period
    least, mean, largest = schedule.information_latency
    scheduled = sum(schedule.executions(period).values())
    stalest = max((max(ages) for ages in schedule.path_staleness.values()), default=0)
    return [
        ["units", len(schedule.units)],
        ["subnetworks", schedule.num_subnetworks],
        ["hyper-period, ticks", period],
        ["first valid output, tick", schedule.valid_from],
        ["information latency, frames", f"{least} / {mean:.2f} / {largest} (least, mean, largest)"],
        ["prediction latency, frames", schedule.prediction_latency],
        ["executions in a hyper-period", f"{len(schedule.live)} live of {scheduled} scheduled"],
        ["stalest cotangent under Sideways, frames", stalest],
    ]


def charts(metrics: Sequence[Mapping[str, float]]) -> list[dict[str, Any]]:
    """Curves over steps, grouped into charts: training and held-out data, subnetworks."""
    lines: dict[str, dict[str, list[list[float]]]] = {}
    for row in metrics:
        for name, value in row.items():
            if name != "step" and isinstance(value, int | float):
                title = re.sub(r"^subnetwork\d+/", "", _HELD_OUT.sub("", name))
                lines.setdefault(title, {}).setdefault(name, []).append([row["step"], float(value)])
    first = [name for name in FIRST if name in lines]
    return [
        {"title": title, "lines": [{"name": name, "points": points} for name, points in lines[title].items()]}
        for title in [*first, *sorted(set(lines) - set(first))]
    ]


def results(folder: Path) -> list[dict[str, Any]]:
    """The evaluations in a run folder, one table each."""
    found = []
    for path in sorted(folder.glob("evaluation_*.json")):
        try:
            evaluation = json.loads(path.read_text(encoding="utf-8"))
            networks = evaluation["networks"]
        except (ValueError, KeyError, TypeError):  # of something else
            continue
        measures = list(dict.fromkeys(name for values in networks.values() for name in values))
        rows = [[name, *(values.get(measure, "") for measure in measures)] for name, values in networks.items()]
        step = evaluation.get("step")
        title = path.name if step is None else f"{path.name}, at step {step}"
        found.append({"title": title, "head": ["network", *measures], "rows": rows})
    return found


def pictures(folder: Path) -> list[dict[str, str]]:
    """The pictures in a run folder, except for that of the schedule, which the page draws itself."""
    paths = [path for path in sorted(folder.glob("*.png")) if path.name != "schedule.png"]
    return [
        {"title": path.name, "source": "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()}
        for path in paths
    ]


def _balance(schedule: Schedule, costs: Mapping[str, float] | None) -> list[list[Any]]:
    """The mean cost per tick of every subnetwork over the hyper-period, and its share."""
    spent = [0.0] * schedule.num_subnetworks
    for unit in schedule.units:
        spent[unit.subnetwork] += (1.0 if costs is None else costs[unit.name]) / unit.period
    rows = []
    for number, cost in enumerate(spent):
        names = [unit.name for unit in schedule.subnetwork_units(number)]
        share = f"{100 * cost / (sum(spent) or 1):.1f}%"
        rows.append([number, names[0] + (f" … {names[-1]}" if len(names) > 1 else ""), cost, share])
    return rows


def _cost_unit(costs: Mapping[str, float] | None) -> str:
    return "executions" if costs is None else "operations"
