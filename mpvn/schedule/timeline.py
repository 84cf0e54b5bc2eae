"""Execution timelines: when each subnetwork works on each tick, predicted from the costs of units.

The supplement of MPVN shows measured ones; these assume that frames wait, that messages are free, and that a subnetwork
begins a tick as soon as it and what it reads have finished.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mpvn.errors import InputError
from mpvn.schedule.cuts import check_costs
from mpvn.schedule.wiring import FRAME

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule

# Okabe and Ito's colours, which colour-blind readers can tell apart.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442")


class Bar(NamedTuple):
    """The work of a subnetwork at a tick, in the unit of the costs."""

    device: int
    subnetwork: int
    tick: int
    begin: float
    end: float


def timeline(
    schedule: Schedule, costs: Mapping[str, float], num_ticks: int, num_devices: int | None = None
) -> list[Bar]:
    """The bars of the first ticks, by tick and subnetwork; a subnetwork in which nothing executes has none.

    Args:
        schedule: of the network.
        costs: of one execution of each unit, by name.
        num_ticks: number of ticks.
        num_devices: devices, each with neighbouring subnetworks; by default one for each subnetwork.

    Raises:
        InputError: a cost is missing, or there is no device.
    """
    check_costs(schedule.names, costs)
    count = schedule.num_subnetworks
    devices = count if num_devices is None else num_devices
    if devices < 1:
        raise InputError(f"num_devices={devices}: expected at least 1")
    devices = min(devices, count)
    ends: dict[tuple[int, int], float] = {}
    free = [0.0] * devices
    bars = []
    for tick in range(num_ticks):
        for subnetwork in range(count):
            units = [unit for unit in schedule.subnetwork_units(subnetwork) if schedule.executes(unit.name, tick)]
            if not units:
                continue
            device = subnetwork * devices // count
            read = {
                (schedule[each.source].subnetwork, schedule.source_tick(each, tick))
                for unit in units
                for each in unit.reads
                if each.source != FRAME
            }
            begin = max([free[device], *(ends.get(place, 0.0) for place in read if place[0] != subnetwork)])
            end = begin + sum(costs[unit.name] for unit in units)
            ends[subnetwork, tick] = free[device] = end
            bars.append(Bar(device, subnetwork, tick, begin, end))
    return bars


def ticks_per_unit(schedule: Schedule, costs: Mapping[str, float], num_devices: int | None = None) -> float:
    """The rate of a long stream: ticks per unit of the costs, over hyper-periods after the pipeline has filled."""
    period = schedule.hyper_period
    first = (schedule.valid_from // period + 1) * period
    length = 8 * period
    ends = [0.0] * (first + length)
    for bar in timeline(schedule, costs, len(ends), num_devices):
        ends[bar.tick] = max(ends[bar.tick], bar.end)
    # The busiest device decides, and it is never ahead of the last end by more than the pipeline.
    return length / (max(ends) - max(ends[:first]))


def plot(
    timelines: Mapping[str, Sequence[Bar]], path: str | Path, across: str = "ms", also: Sequence[str] = ()
) -> None:
    """Draws timelines below each other: time across, a row for each device, a colour for each subnetwork.

    Args:
        timelines: {title: bars}.
        path: of the image file; the ending gives the format.
        across: the unit of the costs.
        also: further formats.

    Raises:
        InputError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("drawing a timeline needs matplotlib: pip install matplotlib pillow") from None
    rows = [1 + max(bar.device for bar in bars) for bars in timelines.values()]
    figure = Figure(figsize=(10, sum(0.7 + 0.22 * count for count in rows) + 0.4), layout="constrained")
    axes = figure.subplots(len(rows), 1, sharex=True, squeeze=False, height_ratios=[2 + count for count in rows])[:, 0]
    for axis, (title, bars), count in zip(axes, timelines.items(), rows, strict=True):
        for bar in bars:
            colour = COLOURS[bar.subnetwork % len(COLOURS)]
            axis.barh(bar.device, bar.end - bar.begin, 0.9, bar.begin, color=colour, edgecolor="white", lw=0.5)
        axis.set(title=title, ylabel="device", ylim=(count - 0.4, -0.6), yticks=range(count))
    axes[-1].set_xlabel(across)
    for name in (Path(path), *(Path(path).with_suffix(f".{form}") for form in also)):
        figure.savefig(name, dpi=110)
