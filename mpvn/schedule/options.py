"""Options of schedules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypedDict

from mpvn.errors import InputError
from mpvn.ranges import Count, CountOrZero, PositiveOrZero
from mpvn.schedule.clocks import Clocks


@dataclass(frozen=True)
class ScheduleOptions:
    """The options of `VideoNetwork.parallel`, and of `network` in gin files.

    Attributes:
        num_subnetworks: number of subnetworks; by default 1, or as given by `boundaries`.
        cut: `"paper"` (the cut that the network declares for that number) or `"balanced"`; by default the declared cut
            if there is one, otherwise the balanced one.
        boundaries: names of the units that begin a subnetwork, instead of a cut.
        costs: costs for the balanced cut and level phases: `"units"`, `"parameters"`, `"flops"`, `"time"` (measured
            here), or costs by unit name; by default units for the cut and flops for phases.
        clocks: `None`; a whole number `k`, the period of every unit, for a network that runs at every `k`-th frame;
            `"halving"` (MPVN, section 3.1); a preset of the network; periods by unit name, or by the height
            of a unit's output in pixels, `{16: 2, 8: 4}`.
        phases: `"staggered"` (values travel down the pipeline like a wave), `"zero"`, `"level"` (the most expensive
            tick of the hyper-period is as cheap as possible on one device) or phases by unit name.
        skips: `"fresh"` (every edge between subnetworks delays by one tick: MPVN, Fig. 1d; Skip-Sideways) or
            `"aligned"` (all paths have the same delay).
        prediction_latency: latency in frames; the output at tick `t` is trained on the target of frame
            `t - prediction_latency` (MPVN, section 3.1).
    """

    num_subnetworks: Count | None = None
    cut: Literal["paper", "balanced"] | None = None
    boundaries: Sequence[str] | None = None
    costs: Literal["units", "parameters", "flops", "time"] | Mapping[str, PositiveOrZero] | None = None
    clocks: Clocks = None
    phases: Literal["staggered", "zero", "level"] | Mapping[str, CountOrZero] = "staggered"
    skips: Literal["fresh", "aligned"] = "fresh"
    prediction_latency: CountOrZero = 0

    @classmethod
    def of(cls, **options: Any) -> "ScheduleOptions":
        """Makes options from keyword arguments.

        Raises:
            InputError: a name is unknown.
        """
        known = [field.name for field in fields(cls)]
        for name in options:
            if name not in known:
                raise InputError(f"schedule option {name!r} is unknown: expected one of {', '.join(known)}")
        return cls(**options)


class ScheduleKeywords(TypedDict, total=False):
    """The options as keyword arguments, for editors and type checkers; see `ScheduleOptions`."""

    cut: str | None
    boundaries: Sequence[str] | None
    costs: str | Mapping[str, float] | None
    clocks: Clocks
    phases: str | Mapping[str, int]
    skips: str
    prediction_latency: int
