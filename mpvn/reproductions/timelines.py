"""Execution timelines, which the paper has in its supplement: when every subnetwork works on which device."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gin

from mpvn.benchmarks.support.named import built
from mpvn.benchmarks.support.processes import measure
from mpvn.ranges import Count, Positive
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.result import Request, Result
from mpvn.results import tables
from mpvn.results.timelines import draw
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.timeline import Bar, ticks_per_unit, timeline

MS = 1000.0


@gin.configurable("timelines", module="mpvn")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/mpvn/timelines`.

    Attributes:
        size: height and width of frames, in pixels.
        width: width multiplier.
        repeats: measurements of every unit; medians count.
        ways: {network: ways}, each (number of subnetworks, or None for one per unit; clocks; number of devices, or None
            for one per subnetwork).
        ticks: number of ticks that are drawn.
    """

    size: Count
    width: Positive
    repeats: Count
    ways: Mapping[str, Sequence[tuple[Count | None, str | None, Count | None]]]
    ticks: Count


def run(request: Request) -> None:
    """Measures every unit on one core, and draws when it would work, with a device for each subnetwork or fewer."""
    setting = settings.read(Settings, "mpvn/timelines", request)
    rows: list[dict[str, Any]] = []
    pictures = []
    for name, ways in setting.ways.items():
        of_network: dict[str, Any] = {"network": name, "size": setting.size, "width": setting.width}
        costs = measure("unit_milliseconds", 1, 1, repeats=setting.repeats, **of_network)
        network = built(name, setting.size, setting.width, num_classes=200)
        drawn: dict[str, list[Bar]] = {}
        for subnetworks, clocks, devices in ways:
            count = len(network.wiring.names) if subnetworks is None else subnetworks
            schedule = network.parallel(count, clocks=clocks, costs=costs).schedule
            row = _row(name, schedule, clocks, costs, devices)
            title = f"{name}, subnetworks: {count}, clocks: {row['clocks']}, devices: {row['devices']}"
            drawn[f"{title}; {row['frames/s']:.0f} frames/s"] = timeline(schedule, costs, setting.ticks, devices)
            rows.append(row)
        pictures.append(draw(drawn, request.folder / f"timelines_{name}.png", "ms", request.of_pictures))
    notes = [
        tables.machine(),
        f"scale {request.scale}: {setting.size} x {setting.size}, width {setting.width}, one stream; units measured on "
        f"one core; cuts are the paper's, and where it has none they balance these costs",
        "predicted from the costs of units: no messages, no turns of a loop, and frames that wait; every scheduled "
        "execution counts",
    ]
    table = tables.Rows(rows, {"frames/s": ".1f", "to sequential": ".2f", "busy, %": ".0f"})
    request.report("timelines", "Execution timelines", table, notes, pictures)


def _row(
    name: str, schedule: Schedule, clocks: str | None, costs: Mapping[str, float], devices: int | None
) -> dict[str, Any]:
    used = min(devices or schedule.num_subnetworks, schedule.num_subnetworks)
    rate = ticks_per_unit(schedule, costs, devices)
    work = sum(costs[unit.name] / unit.period for unit in schedule.units)
    return {
        "network": name,
        "subnetworks": schedule.num_subnetworks,
        "clocks": clocks or "none",
        "devices": used,
        "frames/s": MS * rate,
        "to sequential": rate * sum(costs.values()),
        "busy, %": 100 * min(1.0, rate * work / used),
    }


RESULT = Result(run)
