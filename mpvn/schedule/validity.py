"""Validity: the first tick at which a unit's output only comes from the clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpvn.schedule.wiring import FRAME

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule


def valid_from(schedule: Schedule, start_tick: int = 0) -> dict[str, int]:
    """First valid tick of every unit, and of the frame, in a clip that starts at `start_tick`.

    The latest first valid tick of its inputs, without feedback, up to the unit's next execution.
    """
    result = {FRAME: start_tick}
    for unit in schedule.units:
        ready = start_tick
        for read in unit.reads:
            if not read.feedback:
                oldest = result[read.source] + read.tap * schedule[read.source].period
                ready = max(ready, oldest + read.delay)
        result[unit.name] = ready + (unit.phase - ready) % unit.period
    return result
