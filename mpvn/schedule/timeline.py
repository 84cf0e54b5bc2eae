"""Execution timelines: when each subnetwork works on each tick, predicted from the costs of units.

The supplement of MPVN shows measured ones; these assume that frames wait, that messages are free, and that a subnetwork
begins a tick as soon as it and what it reads have finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from mpvn.errors import InputError
from mpvn.schedule.cuts import check_costs
from mpvn.schedule.wiring import FRAME

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule


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
