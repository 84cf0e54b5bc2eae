"""The schedule of a depth-parallel network: when every unit executes and what it reads.

All clocks and delays are known before the first frame arrives, as whole numbers that repeat with the hyper-period.
Plain Python: a schedule can be made, printed, stored and tested without any tensors.
"""

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mpvn.errors import InputError
from mpvn.schedule import (
    connectivity,
    delays,
    gamma_masks,
    gantt,
    information_latency,
    liveness,
    load,
    staleness,
    text,
    validity,
)
from mpvn.schedule.delays import Read, ScheduledUnit
from mpvn.schedule.wiring import FRAME, Wiring


class Schedule:
    """A schedule: when every unit executes and what it reads.

    Args:
        units: the scheduled units in execution order; the last one is the output.
        prediction_latency: the output at tick `t` is compared with the target of frame `t - prediction_latency`.

    Raises:
        InputError: a reader's period is not a multiple of its source's period, or a number is out of range.
    """

    def __init__(self, units: Sequence[ScheduledUnit], prediction_latency: int = 0) -> None:
        self.units = tuple(units)
        self.prediction_latency = prediction_latency
        self._units = {unit.name: unit for unit in self.units}
        self._frame = ScheduledUnit(FRAME, 0, 1, 0, ())
        self._valid_from_cache: dict[int, dict[str, int]] = {}
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
        """Makes the schedule of a wiring, with a delay for every edge.

        Args:
            wiring: the wiring of the network.
            subnetwork: index of the subnetwork of each unit.
            periods: period of each unit, in ticks.
            phases: phase of each unit, in ticks.
            skips: `"fresh"` (every edge between subnetworks delays by one tick: MPVN Fig. 1d, Skip-Sideways) or
                `"aligned"` (an edge delays by the number of subnetworks that it spans, so that all paths agree).
            prediction_latency: see the class.
        """
        return cls(delays.scheduled_units(wiring, subnetwork, periods, phases, skips), prediction_latency)

    def __getitem__(self, name: str) -> ScheduledUnit:
        return self._frame if name == FRAME else self._units[name]

    def __repr__(self) -> str:
        return (
            f"<Schedule: {len(self.units)} units in {self.num_subnetworks} subnetworks, hyper-period "
            f"{self.hyper_period}, first valid output at tick {self.valid_from}>"
        )

    def __str__(self) -> str:
        return self.table()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schedule):
            return NotImplemented
        return self.units == other.units and self.prediction_latency == other.prediction_latency

    def __hash__(self) -> int:
        return hash((self.units, self.prediction_latency))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the units, in execution order."""
        return tuple(self._units)

    @property
    def output(self) -> str:
        """Name of the output unit."""
        return self.units[-1].name

    @property
    def num_subnetworks(self) -> int:
        """The number of subnetworks."""
        return self.units[-1].subnetwork + 1

    @functools.cached_property
    def hyper_period(self) -> int:
        """Number of ticks after which everything repeats: the least common multiple of the periods."""
        return math.lcm(*(unit.period for unit in self.units))

    @property
    def has_feedback(self) -> bool:
        """Whether a unit reads a later one."""
        return any(read.feedback for unit in self.units for read in unit.reads)

    @property
    def valid_from(self) -> int:
        """First tick at which the output depends only on frames of a clip that starts at tick 0."""
        return self.unit_valid_from(self.output)

    @property
    def reach(self) -> int:
        """First tick of a clip that has both a valid output and a target: the loss starts there."""
        return max(self.valid_from, self.prediction_latency)

    @functools.cached_property
    def gamma_from(self) -> dict[str, int]:
        """First tick at which each unit's pseudo-gradient counts: where its mask gamma becomes 1 (Sideways, 3.4).

        Units without a path to the output are left out.
        """
        return gamma_masks.gamma_from(self)

    def unit_valid_from(self, name: str, start_tick: int = 0) -> int:
        """First tick at which all inputs of unit `name` come from a clip that starts at `start_tick`.

        Feedback is ignored: otherwise the unit would never be valid.
        """
        if start_tick not in self._valid_from_cache:
            self._valid_from_cache[start_tick] = validity.valid_from(self, start_tick)
        return self._valid_from_cache[start_tick][name]

    @functools.cached_property
    def information_latency(self) -> tuple[int, float, int]:
        """Minimum, mean and maximum age of the newest frame in the output, in frames, over the hyper-period."""
        return information_latency.information_latency(self)

    def frame_span(self, name: str, tick: int) -> tuple[int, int]:
        """Oldest and newest frame in the output that unit `name` holds at `tick`, in an endless video."""
        frames = self.frames_mixed(name, tick)
        return frames[0], frames[-1]

    def frames_mixed(self, name: str, tick: int) -> tuple[int, ...]:
        """All frames in the output that unit `name` holds at `tick`, oldest first, in an endless video."""
        tick = self.last_execution(name, tick)
        return tuple(sorted(tick - lag for lag in self._lags[name][tick % self.hyper_period]))

    def executes(self, name: str, tick: int) -> bool:
        """Whether unit `name` is scheduled at `tick`."""
        unit = self[name]
        return tick % unit.period == unit.phase

    def scheduled_ticks(self, name: str, num_frames: int, start_tick: int = 0) -> range:
        """Ticks of a clip at which unit `name` is scheduled."""
        unit = self[name]
        return range(start_tick + (unit.phase - start_tick) % unit.period, start_tick + num_frames, unit.period)

    def valid_ticks(self, name: str, num_frames: int, start_tick: int = 0) -> range:
        """Ticks of a clip at which unit `name` is scheduled with valid inputs: the ticks that training runs."""
        first = start_tick if name == FRAME else self.unit_valid_from(name, start_tick)
        return range(first, start_tick + num_frames, self[name].period)

    def executions(self, num_frames: int, live: bool = False) -> dict[str, int]:
        """Number of executions of every unit in the first `num_frames` ticks.

        Args:
            num_frames: number of ticks, starting at tick 0.
            live: whether to skip executions that no output of an endless video depends on.
        """
        counts = {}
        for name in self.names:
            ticks = self.scheduled_ticks(name, num_frames)
            counts[name] = sum((name, t % self.hyper_period) in self.live for t in ticks) if live else len(ticks)
        return counts

    def load_per_tick(self, costs: Mapping[str, float] | None = None, live: bool = False) -> tuple[float, ...]:
        """Cost of every tick of the hyper-period on one device: the sum over the units that execute in it.

        Args:
            costs: cost of one execution of every unit, in any unit of measure; `None` counts units.
            live: whether to skip executions that no output of an endless video depends on.

        Raises:
            InputError: a cost is missing or negative.
        """
        return load.load_per_tick(self, costs, live)

    @functools.cached_property
    def live(self) -> frozenset[tuple[str, int]]:
        """Executions (unit, tick modulo hyper-period) that some output of an endless video depends on."""
        return liveness.live(self)

    def source_tick(self, read: Read, tick: int) -> int:
        """The tick at which a value was computed that an execution at `tick` reads, in an endless video."""
        return self.last_execution(read.source, tick - read.delay) - read.tap * self[read.source].period

    @functools.cached_property
    def staleness(self) -> dict[str, tuple[int, float, int]]:
        """Minimum, mean and maximum age of Sideways cotangents in each unit; see `mpvn.schedule.staleness`."""
        return staleness.staleness(self)

    @functools.cached_property
    def path_staleness(self) -> dict[str, tuple[int, ...]]:
        """All ages of Sideways cotangents in each unit, one per kind of path; see `mpvn.schedule.staleness`."""
        return staleness.path_staleness(self)

    def subnetwork_units(self, subnetwork: int) -> Iterator[ScheduledUnit]:
        """The units of a subnetwork, in execution order."""
        return (unit for unit in self.units if unit.subnetwork == subnetwork)

    def table(self, costs: Mapping[str, float] | None = None) -> str:
        """Returns the schedule as text, one line per unit; the load per tick is `load_per_tick(costs)`.

        The first line says which frames the output mixes, by their ages at the phase of the hyper-period that mixes
        most. In the rows, `scheduled` and `live` count executions per hyper-period, and `staleness` holds how many
        frames older a cotangent is than the activations that it meets under Sideways, for every path from the loss;
        `34 .. 102 (35)` stands for 35 numbers. A read is `source:delay`, with `:tap2` for the output of two executions
        before and `:feedback` for the previous tick.

        A last line warns where more than half of the executions, or of their cost, is dead: no output depends on it.
        """
        return text.table(self, costs)

    def to_csv(self, path: str | Path) -> None:
        """Writes the schedule to a CSV file, one row per unit; `from_csv` reads it back."""
        text.to_csv(self, path)

    @classmethod
    def from_csv(cls, path: str | Path) -> "Schedule":
        """Reads a schedule that `to_csv` wrote.

        Raises:
            InputError: the file does not exist or holds no schedule.
        """
        return text.from_csv(path, cls.from_rows)

    def to_rows(self) -> list[dict[str, str]]:
        """Returns the schedule as rows of text, one per unit, as in CSV files and saved networks."""
        return text.to_rows(self)

    @classmethod
    def from_rows(cls, rows: Sequence[Mapping[str, str]]) -> "Schedule":
        """Makes a schedule from rows that `to_rows` returned."""
        return cls(*text.from_rows(rows))

    def plot(self, path: str | Path, num_ticks: int | None = None, backward: bool = False) -> None:
        """Draws the schedule: ticks across, subnetworks down, frame numbers in the cells, holds in grey.

        With `backward`, also draws the paths of one output's cotangent, and the frames that it meets.
        """
        gantt.plot(self, path, num_ticks, backward)

    def plot_connectivity(self, path: str | Path, num_ticks: int | None = None) -> None:
        """Draws which executions read which; those that the output at the last tick depends on are blue.

        Args:
            path: path of the image file.
            num_ticks: number of ticks to draw; by default until the output is valid, and one hyper-period.
        """
        connectivity.plot({"": self}, path, num_ticks or self.valid_from + max(self.hyper_period, 2))

    def last_execution(self, name: str, tick: int) -> int:
        """The latest tick up to `tick` at which unit `name` is scheduled."""
        unit = self[name]
        return tick - (tick - unit.phase) % unit.period

    @functools.cached_property
    def _lags(self) -> dict[str, dict[int, frozenset[int]]]:
        return information_latency.lags(self)

    def _check(self) -> None:
        latency = self.prediction_latency
        if not isinstance(latency, int) or latency < 0:
            raise InputError(f"prediction_latency={latency!r}: expected a whole number of frames, at least 0")
        previous, seen = 0, {FRAME}
        if len(self._units) != len(self.units) or not self.units:
            raise InputError("a schedule needs at least one unit, and units need unique names")
        for unit in self.units:
            for read in unit.reads:
                known = read.source in self._units if read.feedback else read.source in seen
                if not known or read.delay < 0 or read.tap < 0:
                    raise InputError(
                        f"unit {unit.name!r} cannot read {read.source!r} with delay {read.delay} and tap {read.tap}: "
                        f"expected an earlier unit, or feedback, and whole numbers of at least 0"
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
                        f"{self[read.source].period}: expected a multiple of its source's period"
                    )
