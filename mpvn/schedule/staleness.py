"""Staleness: how much older cotangents are than the activations that they meet, under Sideways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpvn.schedule.delays import Read
from mpvn.schedule.wiring import FRAME

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule


def staleness(schedule: Schedule) -> dict[str, tuple[int, float, int]]:
    """Minimum, mean and maximum staleness of every unit in frames, over its paths to the loss and the hyper-period.

    A cotangent that a unit uses at tick `t` was computed from the unit's activations at tick `t - s`: `s` is the
    staleness of its path. For a chain of `D` subnetworks without clocks, it is `2 (D - 1 - i)` in subnetwork `i`
    (Sideways, section 3.4). Feedback is ignored. Units without a path to the output are left out.
    """
    result = {}
    for name, ticks in _ages(schedule).items():
        ages = [age for tick in ticks.values() for age in tick]
        result[name] = min(ages), sum(ages) / len(ages), max(ages)
    return result


def path_staleness(schedule: Schedule) -> dict[str, tuple[int, ...]]:
    """All values of staleness in each unit, in frames, smallest first: one for each kind of path to the loss."""
    return {name: tuple(sorted(set().union(*ticks.values()))) for name, ticks in _ages(schedule).items()}


def _ages(schedule: Schedule) -> dict[str, dict[int, set[int]]]:
    """For each unit, by tick modulo the hyper-period: the staleness of every cotangent that is used there."""
    period = schedule.hyper_period
    ages_of: dict[str, dict[int, set[int]]] = {name: {} for name in (*schedule.names, FRAME)}

    def arrive(read: Read, tick: int, age: int) -> None:
        at = return_tick(schedule, read, tick)
        stale = at - schedule.source_tick(read, tick - age)
        ages_of[read.source].setdefault(at % period, set()).add(stale)

    for tick in range(period):
        arrive(Read(schedule.output, 0), tick, 0)
    for unit in reversed(schedule.units):
        for tick, ages in ages_of[unit.name].items():
            for read in unit.reads:
                for age in ages if not read.feedback else ():
                    arrive(read, tick, age)
    return {name: ages_of[name] for name in schedule.names if ages_of[name]}


def return_tick(schedule: Schedule, read: Read, tick: int) -> int:
    """The tick at which the source uses the cotangent that a reader sends at `tick`: the map `q` of an endless clip."""
    source, at = schedule[read.source], tick + read.delay
    return at + (source.phase - at) % source.period + read.tap * source.period
