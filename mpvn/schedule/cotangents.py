"""Where the cotangent of one output goes: forward in time under Sideways, back in time where gradients are exact."""

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
    """A cotangent that goes from a reader to what it read.

    Attributes:
        reader: unit that sends it.
        source: unit that gets it.
        sent: tick at which the reader makes it.
        arrives: tick at which the source uses it; with exact gradients, that of the execution that was read.
        staleness: how many ticks older it is than the activations that it meets there.
    """

    reader: str
    source: str
    sent: int
    arrives: int
    staleness: int


def first_complete(schedule: Schedule) -> int:
    """The first tick at which the output executes and everything that it depends on is valid."""
    output = schedule[schedule.output]
    return schedule.valid_from + (output.phase - schedule.valid_from) % output.period


def travels(schedule: Schedule, tick: int, exact: bool = False) -> list[Travel]:
    """All ways of the cotangent of the output at a tick, from the output to the first units; feedback is left out.

    Args:
        schedule: of the network.
        tick: at which the output executes.
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
