"""The schedule of a depth-parallel network: who executes when, and what it reads.

Everything about clocks and delays is known before the first frame arrives, as whole numbers that repeat with the
hyper-period. Plain Python: a schedule can be made, printed, stored and tested without a tensor.
"""

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mpvn.errors import InputError
from mpvn.wiring import FRAME, Edge, Wiring


@dataclass(frozen=True)
class Read:
    """One edge as it is scheduled: at tick `t` the reader gets what the source's register held at `t - delay`.

    Attributes:
        source: name of the unit that is read, or `"frame"`.
        delay: in ticks; 0 inside a subnetwork.
        tap: how many executions of the source further back.
        feedback: whether the source stands at or after the reader.
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


class Schedule:
    """When every unit executes and what it reads.

    Args:
        units: the scheduled units in the order in which a subnetwork runs them; the last one is the output.
        prediction_latency: the output at tick `t` is compared with the target of frame `t - prediction_latency`.

    Raises:
        InputError: a reader's period is no multiple of its source's, or a number is out of range.
    """

    def __init__(self, units: Sequence[ScheduledUnit], prediction_latency: int = 0):
        self.units = tuple(units)
        self.prediction_latency = prediction_latency
        self._units = {unit.name: unit for unit in self.units}
        self._frame = ScheduledUnit(FRAME, 0, 1, 0, ())
        self._valid_from_cache = {}
        self._check()

    @classmethod
    def plan(
        cls,
        wiring: Wiring,
        subnetwork: Mapping[str, int],
        periods: Mapping[str, int],
        phases: Mapping[str, int],
        skips: str = "fresh",
        prediction_latency: int = 0,
    ) -> "Schedule":
        """Gives every edge of a wiring its delay.

        Args:
            wiring: the network.
            subnetwork: index of each unit's subnetwork.
            periods: period of each unit, in ticks.
            phases: phase of each unit, in ticks.
            skips: `"fresh"` (every edge between subnetworks delays by one tick: MPVN Fig. 1d, Skip-Sideways) or
                `"aligned"` (an edge delays by the number of subnetworks that it spans, so that all paths agree).
            prediction_latency: see the class.
        """
        if skips not in ("fresh", "aligned"):
            raise InputError(f"skips={skips!r} is unknown: expected 'fresh' or 'aligned'")
        where = {FRAME: 0, **subnetwork}

        def read(edge: Edge) -> Read:
            span = where[edge.reader] - where[edge.source]
            if edge.feedback:
                if skips == "aligned" and span:
                    raise InputError(
                        f"skips='aligned' cannot be had with feedback from {edge.source!r} to {edge.reader!r} across "
                        f"subnetworks: use skips='fresh', one subnetwork, or no feedback"
                    )
                delay = 1
            elif skips == "aligned":
                delay = span
            else:
                delay = 0 if edge.source == FRAME else min(span, 1)
            return Read(edge.source, delay, edge.tap, edge.feedback)

        units = [
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
        return cls(units, prediction_latency)

    def __getitem__(self, name: str) -> ScheduledUnit:
        return self._frame if name == FRAME else self._units[name]

    def __eq__(self, other):
        if not isinstance(other, Schedule):
            return NotImplemented
        return self.units == other.units and self.prediction_latency == other.prediction_latency

    def __hash__(self):
        return hash((self.units, self.prediction_latency))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._units)

    @property
    def output(self) -> str:
        """Name of the output unit."""
        return self.units[-1].name

    @property
    def num_subnetworks(self) -> int:
        return self.units[-1].subnetwork + 1

    @functools.cached_property
    def hyper_period(self) -> int:
        """Ticks after which everything repeats: the least common multiple of the periods."""
        return math.lcm(*(unit.period for unit in self.units))

    @property
    def has_feedback(self) -> bool:
        return any(read.feedback for unit in self.units for read in unit.reads)

    @property
    def valid_from(self) -> int:
        """First tick at which the output holds nothing from before a clip that starts at tick 0."""
        return self.unit_valid_from(self.output)

    @property
    def reach(self) -> int:
        """First tick of a clip that has both a valid output and a target: the loss is taken from there on."""
        return max(self.valid_from, self.prediction_latency)

    @functools.cached_property
    def gamma_from(self) -> dict[str, int]:
        """First tick at which each unit's pseudo-gradient counts: its mask gamma is 1 from there on (Sideways, 3.4).

        A cotangent can reach the output unit at `reach`, and any other unit as soon as the nearest of its readers,
        later by the delay of the edge; clocks and holds are left aside. Units that nothing leads from to the output
        are left out.
        """
        reach = {self.output: self.reach}
        for unit in reversed(self.units):
            for read in unit.reads if unit.name in reach else ():
                if not read.feedback and read.source != FRAME:
                    arrival = reach[unit.name] + read.delay
                    reach[read.source] = min(reach.get(read.source, arrival), arrival)
        return {name: max(self.unit_valid_from(name), tick) for name, tick in reach.items()}

    def unit_valid_from(self, name: str, start_tick: int = 0) -> int:
        """First tick at which all that unit `name` reads comes from a clip that starts at `start_tick`.

        Feedback is left out: it would never be valid otherwise.
        """
        if start_tick not in self._valid_from_cache:
            self._valid_from_cache[start_tick] = self._all_valid_from(start_tick)
        return self._valid_from_cache[start_tick][name]

    @functools.cached_property
    def information_latency(self) -> tuple[int, float, int]:
        """Least, mean and largest age in frames of the freshest frame in the output, over the hyper-period."""
        ages = [tick - self.frame_span(self.output, tick)[1] for tick in range(self.hyper_period)]
        return min(ages), sum(ages) / len(ages), max(ages)

    def frame_span(self, name: str, tick: int) -> tuple[int, int]:
        """Oldest and freshest frame that reached what unit `name` holds at `tick`, in an endless video."""
        frames = self.frames_mixed(name, tick)
        return frames[0], frames[-1]

    def frames_mixed(self, name: str, tick: int) -> tuple[int, ...]:
        """All frames that reached what unit `name` holds at `tick`, oldest first, in an endless video."""
        tick = self._last_execution(name, tick)
        return tuple(sorted(tick - lag for lag in self._lags[name][tick % self.hyper_period]))

    def executes(self, name: str, tick: int) -> bool:
        unit = self[name]
        return tick % unit.period == unit.phase

    def scheduled_ticks(self, name: str, num_frames: int, start_tick: int = 0) -> range:
        """Ticks of a clip at which unit `name` is scheduled."""
        unit = self[name]
        return range(start_tick + (unit.phase - start_tick) % unit.period, start_tick + num_frames, unit.period)

    def valid_ticks(self, name: str, num_frames: int, start_tick: int = 0) -> range:
        """Ticks of a clip at which unit `name` is scheduled and all that it reads is valid: what training runs."""
        first = start_tick if name == FRAME else self.unit_valid_from(name, start_tick)
        return range(first, start_tick + num_frames, self[name].period)

    def executions(self, num_frames: int, live: bool = False) -> dict[str, int]:
        """How often every unit is scheduled in the first `num_frames` ticks.

        Args:
            num_frames: number of ticks, from tick 0 on.
            live: leave out executions that have no influence on any output of an endless video.
        """
        counts = {}
        for name in self.names:
            ticks = self.scheduled_ticks(name, num_frames)
            counts[name] = sum((name, t % self.hyper_period) in self.live for t in ticks) if live else len(ticks)
        return counts

    def load_per_tick(self, costs: Mapping[str, float] | None = None) -> tuple[float, ...]:
        """What every tick of the hyper-period costs on one device: the sum over the units that execute at it.

        Args:
            costs: cost of one execution of every unit, in any one measure; `None` counts units.

        Raises:
            InputError: a cost is missing or negative.
        """
        from mpvn.leveling import load_per_tick

        return load_per_tick(self, costs)

    @functools.cached_property
    def live(self) -> frozenset[tuple[str, int]]:
        """The executions (unit, tick modulo hyper-period) that some output of an endless video depends on."""
        open_ends = [(self.output, self._last_execution(self.output, tick)) for tick in range(self.hyper_period)]
        found = set()
        while open_ends:
            name, tick = open_ends.pop()
            key = (name, tick % self.hyper_period)
            if name == FRAME or key in found:
                continue
            found.add(key)
            open_ends += [(read.source, self.source_tick(read, tick)) for read in self[name].reads]
        return frozenset(found)

    def source_tick(self, read: Read, tick: int) -> int:
        """The tick at which the value was computed that an execution at `tick` reads, in an endless video."""
        return self._last_execution(read.source, tick - read.delay) - read.tap * self[read.source].period

    @functools.cached_property
    def staleness(self) -> dict[str, tuple[int, float, int]]:
        """Least, mean and largest age of Sideways cotangents in each unit; see `mpvn.staleness`."""
        from mpvn.staleness import staleness

        return staleness(self)

    @functools.cached_property
    def path_staleness(self) -> dict[str, tuple[int, ...]]:
        """Every age of Sideways cotangents in each unit, one or more paths each; see `mpvn.staleness`."""
        from mpvn.staleness import path_staleness

        return path_staleness(self)

    def subnetwork_units(self, subnetwork: int) -> Iterator[ScheduledUnit]:
        return (unit for unit in self.units if unit.subnetwork == subnetwork)

    def table(self, costs: Mapping[str, float] | None = None) -> str:
        """The schedule as text, one line per unit; the load per tick is that of `load_per_tick(costs)`."""
        from mpvn.schedule_io import table

        return table(self, costs)

    def to_csv(self, path) -> None:
        """Writes the schedule to a CSV file, one row per unit; `from_csv` reads it back."""
        from mpvn.schedule_io import to_csv

        to_csv(self, path)

    @classmethod
    def from_csv(cls, path) -> "Schedule":
        """The schedule that `to_csv` wrote.

        Raises:
            InputError: the file is missing or holds no schedule.
        """
        from mpvn.schedule_io import from_csv

        return from_csv(path)

    def plot(self, path, num_ticks: int | None = None) -> None:
        """Draws the schedule: ticks across, subnetworks down, frame numbers in the cells, holds in grey."""
        from mpvn.gantt import plot

        plot(self, path, num_ticks)

    def _last_execution(self, name: str, tick: int) -> int:
        unit = self[name]
        return tick - (tick - unit.phase) % unit.period

    def _all_valid_from(self, start_tick: int) -> dict[str, int]:
        result = {FRAME: start_tick}
        for unit in self.units:
            ready = start_tick
            for read in unit.reads:
                if not read.feedback:
                    oldest = result[read.source] + read.tap * self[read.source].period
                    ready = max(ready, oldest + read.delay)
            result[unit.name] = ready + (unit.phase - ready) % unit.period
        return result

    @functools.cached_property
    def _lags(self) -> dict[str, dict[int, frozenset[int]]]:
        """For every execution in a hyper-period: how far the frames that it mixes lie back."""
        lags = {FRAME: dict.fromkeys(range(self.hyper_period), frozenset([0]))}
        for unit in self.units:
            lags[unit.name] = {}
            for tick in range(unit.phase, self.hyper_period, unit.period):
                mixed = set()
                for read in unit.reads:
                    if not read.feedback:
                        at = self.source_tick(read, tick)
                        mixed |= {tick - at + lag for lag in lags[read.source][at % self.hyper_period]}
                lags[unit.name][tick] = frozenset(mixed)
        return lags

    def _check(self):
        latency = self.prediction_latency
        if not isinstance(latency, int) or latency < 0:
            raise InputError(f"prediction_latency={latency!r}: expected a whole number of frames from 0 on")
        previous, seen = 0, {FRAME}
        if len(self._units) != len(self.units) or not self.units:
            raise InputError("a schedule needs at least one unit, each with a name of its own")
        for unit in self.units:
            for read in unit.reads:
                known = read.source in self._units if read.feedback else read.source in seen
                if not known or read.delay < 0 or read.tap < 0:
                    raise InputError(
                        f"unit {unit.name!r} cannot read {read.source!r} with delay {read.delay} and tap {read.tap}: "
                        f"expected an earlier unit, or feedback, and whole numbers from 0 on"
                    )
            seen.add(unit.name)
            if not 0 <= unit.phase < unit.period:
                raise InputError(
                    f"unit {unit.name!r} has phase {unit.phase}, but period {unit.period}: expected a phase from 0 to "
                    f"{unit.period - 1}"
                )
            if unit.subnetwork not in (previous, previous + 1) or (unit is self.units[0] and unit.subnetwork):
                raise InputError(f"unit {unit.name!r} breaks the order of subnetworks: they must be contiguous, from 0")
            previous = unit.subnetwork
            for read in unit.reads:
                if unit.period % self[read.source].period and not (read.feedback or unit.every_tick):
                    raise InputError(
                        f"unit {unit.name!r} has period {unit.period} but reads {read.source!r} of period "
                        f"{self[read.source].period}: a reader's period must be a multiple of its source's"
                    )
