"""The paths of one output's cotangent: forward in time under Sideways, back in time for exact gradients."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpvn.schedule.staleness import return_tick
from mpvn.schedule.wiring import FRAME

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule


@dataclass(frozen=True)
class Travel:
    """A cotangent that travels from a reader to its source.

    Attributes:
        reader: the unit that sends it.
        source: the unit that receives it.
        sent: tick at which the reader computes it.
        arrives: tick at which the source uses it; with exact gradients, that of the execution that was read.
        staleness: how many ticks it is older than the activations that it meets there.
    """

    reader: str
    source: str
    sent: int
    arrives: int
    staleness: int


def first_complete(schedule: Schedule) -> int:
    """The first tick at which the output executes with all its dependencies valid."""
    output = schedule[schedule.output]
    return schedule.valid_from + (output.phase - schedule.valid_from) % output.period


def travels(schedule: Schedule, tick: int, exact: bool = False) -> list[Travel]:
    """All paths of the cotangent of the output at a tick, from the output to the first units, without feedback.

    Args:
        schedule: schedule of the network.
        tick: tick at which the output executes.
        exact: whether gradients are exact; by default they are those of Sideways (section 3.4).
    """
    found, frontier = [], defaultdict(set, {schedule.output: {(tick, 0)}})
    for unit in reversed(schedule.units):
        for at, age in sorted(frontier[unit.name]):
            for read in unit.reads:
                if read.feedback or read.source == FRAME:
                    continue
                was_read = schedule.source_tick(read, at - age)
                arrives = was_read if exact else return_tick(schedule, read, at)
                found.append(Travel(unit.name, read.source, at, arrives, arrives - was_read))
                frontier[read.source].add((arrives, arrives - was_read))
    return list(dict.fromkeys(found))
