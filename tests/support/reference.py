"""A slow reading of time: one tick after the other, no index arithmetic.

Everything here follows from what edges, delays, clocks and holds mean; nothing is taken from the package but the
description of the units. The package's schedules, maps and engines are compared with it.
"""

import math
from dataclasses import dataclass, field

FRAME = "frame"


@dataclass(frozen=True)
class Edge:
    source: str
    delay: int
    tap: int
    feedback: bool


@dataclass(frozen=True, eq=False)
class Execution:
    """One execution of a unit; `reads` has, for every edge, an execution, a frame's number, or None before the clip."""

    unit: str
    tick: int
    reads: tuple
    valid: bool
    frames: frozenset


@dataclass
class Case:
    """A wiring (names to `(inputs, feedback)`, in order) with its cut, clocks and kind of skips."""

    units: dict
    subnetwork: dict
    periods: dict
    phases: dict
    skips: str = "fresh"
    every_tick: frozenset = frozenset()
    edges: dict = field(init=False)

    def __post_init__(self):
        self.edges = {name: [*self._inputs(name), *self._feedback(name)] for name in self.units}

    def _inputs(self, name):
        for item in self.units[name][0]:
            source, tap = (item, 0) if isinstance(item, str) else item
            here = self.subnetwork[name]
            there = 0 if source == FRAME else self.subnetwork[source]
            if self.skips == "aligned":
                delay = here - there
            elif source == FRAME or here == there:
                delay = 0
            else:
                delay = 1
            yield Edge(source, delay, tap, False)

    def _feedback(self, name):
        for source in self.units[name][1]:
            yield Edge(source, 1, 0, True)

    @property
    def names(self):
        return list(self.units)

    @property
    def output(self):
        return self.names[-1]

    @property
    def hyper_period(self):
        candidate = 1
        while any(candidate % period for period in self.periods.values()):
            candidate += 1
        return candidate

    @property
    def long(self):
        """More ticks than any value needs from the frame to the output."""
        oldest = sum(
            max((edge.delay + self.periods[name] + 1) for edge in self.edges[name])
            + max(edge.tap * self.periods.get(edge.source, 1) for edge in self.edges[name])
            + max(self.periods.values())
            for name in self.units
        )
        return math.ceil((oldest + 1) / self.hyper_period) * self.hyper_period


def simulate(case: Case, num_ticks: int, start_tick: int = 0) -> dict[str, list[Execution]]:
    """All executions of every unit in a clip of `num_ticks` ticks, in order."""
    done = {name: [] for name in case.units}
    for tick in range(start_tick, start_tick + num_ticks):
        for name in case.units:
            if tick % case.periods[name] != case.phases[name]:
                continue
            reads = []
            for edge in case.edges[name]:
                if edge.source == FRAME:
                    frame = tick - edge.delay - edge.tap
                    reads.append(frame if frame >= start_tick else None)
                else:
                    past = [e for e in done[edge.source] if e.tick <= tick - edge.delay]
                    reads.append(past[-1 - edge.tap] if len(past) > edge.tap else None)
            forward = [read for read, edge in zip(reads, case.edges[name], strict=True) if not edge.feedback]
            valid = all(read is not None and (isinstance(read, int) or read.valid) for read in forward)
            frames = [
                {read} if isinstance(read, int) else read.frames if read is not None else set() for read in forward
            ]
            done[name].append(Execution(name, tick, tuple(reads), valid, frozenset().union(*frames)))
    return done


def held(executions: list[Execution], tick: int) -> Execution | None:
    """What a unit's register holds at the end of `tick`."""
    past = [e for e in executions if e.tick <= tick]
    return past[-1] if past else None


def first_valid(executions: list[Execution]) -> int:
    """Tick of the first valid execution; everything after it must be valid, too."""
    ticks = [e.tick for e in executions if e.valid]
    assert all(e.valid for e in executions if e.tick >= ticks[0])
    return ticks[0]


def live(case: Case) -> set[tuple[str, int]]:
    """Executions, by tick modulo the hyper-period, that some output of an endless video depends on."""
    hops = len(case.units) * case.hyper_period if any(u[1] for u in case.units.values()) else 1
    length = case.long * (2 + min(hops, 12))
    run = simulate(case, length)
    pending = [held(run[case.output], tick) for tick in range(length)]
    found = set()
    while pending:
        execution = pending.pop()
        if execution is None or isinstance(execution, int) or execution in found:
            continue
        found.add(execution)
        pending.extend(execution.reads)
    # A window in the middle: late enough to be steady, early enough for all its readers to have run.
    window = range(case.long, case.long + case.hyper_period)
    return {(e.unit, e.tick % case.hyper_period) for e in found if e.tick in window}
