"""The masks gamma: the first tick at which a pseudo-gradient counts (Sideways, section 3.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mpvn.schedule.delays import Read
from mpvn.schedule.wiring import FRAME

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule


def gamma_from(schedule: Schedule, delay_of: Callable[[Read], int] = lambda read: read.delay) -> dict[str, int]:
    """First tick at which each unit's pseudo-gradient counts; see `Schedule.gamma_from`.

    A cotangent can reach the output unit at `schedule.reach`, and any other unit as soon as the nearest of its readers,
    later by the delay of the edge; clocks and holds are ignored.

    Args:
        schedule: schedule of the network.
        delay_of: delay in ticks of a cotangent on an edge; by default that of the value.
    """
    reach = {schedule.output: schedule.reach}
    for unit in reversed(schedule.units):
        for read in unit.reads if unit.name in reach else ():
            if not read.feedback and read.source != FRAME:
                arrival = reach[unit.name] + delay_of(read)
                reach[read.source] = min(reach.get(read.source, arrival), arrival)
    return {name: max(schedule.unit_valid_from(name), tick) for name, tick in reach.items()}
