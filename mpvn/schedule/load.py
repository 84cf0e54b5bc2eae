"""Load: the cost of every tick on one device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mpvn.schedule.cuts import check_costs

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule


def load_per_tick(
    schedule: Schedule, costs: Mapping[str, float] | None = None, live: bool = False
) -> tuple[float, ...]:
    """The cost of every tick of the hyper-period on one device; see `Schedule.load_per_tick`."""
    costs = check_costs(schedule.names, costs)
    load: list[float] = [0] * schedule.hyper_period
    for unit in schedule.units:
        for tick in range(unit.phase, schedule.hyper_period, unit.period):
            if not live or (unit.name, tick) in schedule.live:
                load[tick] += costs[unit.name]
    return tuple(load)
