"""Live executions: those that some output depends on. With clocks, many scheduled executions are dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpvn.schedule.wiring import FRAME

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule


def live(schedule: Schedule) -> frozenset[tuple[str, int]]:
    """The executions (unit, tick modulo hyper-period) that some output of an endless video depends on."""
    period = schedule.hyper_period
    pending = [(schedule.output, schedule.last_execution(schedule.output, tick)) for tick in range(period)]
    result = set()
    while pending:
        name, tick = pending.pop()
        execution = (name, tick % period)
        if name == FRAME or execution in result:
            continue
        result.add(execution)
        pending += [(read.source, schedule.source_tick(read, tick)) for read in schedule[name].reads]
    return frozenset(result)
