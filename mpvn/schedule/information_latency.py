"""Information latency: the age of the frames in a unit's output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpvn.schedule.wiring import FRAME

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule


def information_latency(schedule: Schedule) -> tuple[int, float, int]:
    """Minimum, mean and maximum age of the newest frame in the output; see `Schedule.information_latency`."""
    ages = [tick - schedule.frame_span(schedule.output, tick)[1] for tick in range(schedule.hyper_period)]
    return min(ages), sum(ages) / len(ages), max(ages)


def lags(schedule: Schedule) -> dict[str, dict[int, frozenset[int]]]:
    """For every execution in a hyper-period: the ages in ticks of the frames that it mixes."""
    period = schedule.hyper_period
    result = {FRAME: dict.fromkeys(range(period), frozenset([0]))}
    for unit in schedule.units:
        result[unit.name] = {}
        for tick in range(unit.phase, period, unit.period):
            mixed: set[int] = set()
            for read in unit.reads:
                if not read.feedback:
                    at = schedule.source_tick(read, tick)
                    mixed |= {tick - at + lag for lag in result[read.source][at % period]}
            result[unit.name][tick] = frozenset(mixed)
    return result
