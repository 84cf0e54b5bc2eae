"""Edges with their delays: the sources that a unit reads, and how many ticks ago."""

from collections.abc import Mapping
from dataclasses import dataclass

from mpvn.errors import InputError
from mpvn.schedule.wiring import FRAME, Edge, Wiring

SKIPS = ("fresh", "aligned")


@dataclass(frozen=True)
class Read:
    """A scheduled edge: at tick `t`, the reader gets the value of the source's register at `t - delay`.

    Attributes:
        source: name of the unit that is read, or `"frame"`.
        delay: delay in ticks; 0 inside a subnetwork.
        tap: additional age, in executions of the source.
        feedback: whether the source is the reader or comes after it.
    """

    source: str
    delay: int
    tap: int = 0
    feedback: bool = False


@dataclass(frozen=True)
class ScheduledUnit:
    """A unit with its subnetwork and its clock: it executes at the ticks `t` with `t % period == phase`."""

    name: str
    subnetwork: int
    period: int
    phase: int
    reads: tuple[Read, ...]
    every_tick: bool = False


def scheduled_units(
    wiring: Wiring,
    subnetwork: Mapping[str, int],
    periods: Mapping[str, int],
    phases: Mapping[str, int],
    skips: str = "fresh",
) -> list[ScheduledUnit]:
    """The units of a wiring with their clocks, and a delay on every edge; see `Schedule.plan`."""
    if skips not in SKIPS:
        raise InputError(f"skips={skips!r} is unknown: expected 'fresh' or 'aligned'")
    where = {FRAME: 0, **subnetwork}

    def read(edge: Edge) -> Read:
        span = where[edge.reader] - where[edge.source]
        if edge.feedback:
            if skips == "aligned" and span:
                raise InputError(
                    f"skips='aligned' is not possible with feedback from {edge.source!r} to {edge.reader!r} across "
                    f"subnetworks: use skips='fresh', one subnetwork, or no feedback"
                )
            delay = 1
        elif skips == "aligned":
            delay = span
        else:
            delay = 0 if edge.source == FRAME else min(span, 1)
        # Taps count executions of the source, and frames come at every tick: the previous one of those that are used.
        tap = edge.tap * periods.get(FRAME, 1) if edge.source == FRAME else edge.tap
        return Read(edge.source, delay, tap, edge.feedback)

    return [
        ScheduledUnit(
            unit.name,
            subnetwork[unit.name],
            periods[unit.name],
            phases[unit.name],
            tuple(read(edge) for edge in unit.edges),
            unit.every_tick,
        )
        for unit in wiring.units
    ]
