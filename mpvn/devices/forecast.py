"""Predicts the speed on more devices from the cost of each unit, in plain Python.

Costs are seconds that a unit takes for one tick on one device. Between devices, a message of `n` bytes takes
`latency + n / bandwidth`, the alpha-beta model, LogP without injection limits (Ben-Nun and Hoefler, section 2.4); it is
not overlapped with work, so predictions are cautious. Work is balanced by the exact cut of `mpvn.schedule.cuts`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from mpvn.errors import InputError
from mpvn.schedule import cuts as cutting
from mpvn.schedule.schedule import Schedule


@dataclass(frozen=True)
class Link:
    """The link between any two devices.

    Attributes:
        latency: seconds per message (L, or alpha).
        bandwidth: bytes per second (1 / G, or 1 / beta).
    """

    latency: float = 0.0
    bandwidth: float = float("inf")

    def __post_init__(self) -> None:
        if self.latency < 0 or not self.bandwidth > 0:
            raise InputError(f"latency {self.latency} and bandwidth {self.bandwidth}: expected at least 0, and above 0")

    def seconds(self, num_bytes: float) -> float:
        return self.latency + num_bytes / self.bandwidth if num_bytes else 0.0


@dataclass(frozen=True)
class Costs:
    """The costs of a network per tick and batch of streams.

    Attributes:
        forward, backward: seconds by unit name.
        bytes_of: size of each unit's output, in bytes, for the batch.
        weight_bytes: size of all weights.
        adding: seconds by unit name for adding a frame's gradients to their sum, in training.
    """

    forward: Mapping[str, float]
    backward: Mapping[str, float]
    bytes_of: Mapping[str, float]
    weight_bytes: float
    adding: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> dict[str, float]:
        """Forward and back."""
        return {name: self.forward[name] + back for name, back in self.back.items()}

    @property
    def back(self) -> dict[str, float]:
        """Backward, and adding the gradients to their sum."""
        return {name: cost + self.adding.get(name, 0.0) for name, cost in self.backward.items()}

    @classmethod
    def medians(cls, measurements: Sequence["Costs"]) -> "Costs":
        """Median seconds of several measurements of a network."""

        def of_units(measured: Sequence[Mapping[str, float]]) -> dict[str, float]:
            return {name: median(costs[name] for costs in measured) for name in measured[0]}

        return replace(
            measurements[0],
            forward=of_units([costs.forward for costs in measurements]),
            backward=of_units([costs.backward for costs in measurements]),
            adding=of_units([costs.adding for costs in measurements]),
        )


@dataclass(frozen=True)
class Overheads:
    """What a tick takes beside the work of units: turns of the loop, waiting for each other, registers and messages.

    Attributes:
        training, inference: seconds per tick on one device, on two, and so on; more devices count as the last number.
    """

    training: Sequence[float]
    inference: Sequence[float]

    def __post_init__(self) -> None:
        if not (self.training and self.inference) or min(*self.training, *self.inference) < 0:
            raise InputError(f"{self}: expected seconds of at least 0, for one device or for one, two and so on")


@dataclass(frozen=True)
class Prediction:
    """The predicted speed of a way of running.

    Attributes:
        ticks_per_second: processed frames of every stream per second.
        utilisation: work as a share of what the devices could do.
        bottleneck: what limits it, in words.
    """

    ticks_per_second: float
    utilisation: float
    bottleneck: str


class Predictor:
    """Predicts for any number of devices.

    Args:
        schedule: schedule of the network, in any cut; only edges count, clocks do not.
        costs: costs of its units.
        link: link between devices.
        overheads: overheads of a tick for `forward` and `sideways`; they include messages and replace `link` there.

    Raises:
        InputError: a cost is missing or negative.
    """

    def __init__(
        self, schedule: Schedule, costs: Costs, link: Link = Link(), overheads: Overheads | None = None
    ) -> None:
        self.schedule, self.costs, self.link, self.overheads = schedule, costs, link, overheads
        for of_unit in (costs.forward, costs.backward, costs.bytes_of):
            cutting.check_costs(schedule.names, of_unit)

    def forward(self, devices: int, cut: Mapping[str, int] | None = None) -> Prediction:
        """Depth-parallel inference (MPVN): every subnetwork works on a different frame.

        Args:
            devices: number of devices.
            cut: {unit name: device}; by default the one that balances the work.
        """
        overheads = self.overheads.inference if self.overheads else None
        return self._side_by_side(self.costs.forward, devices, False, overheads, cut)

    def sideways(self, devices: int, cut: Mapping[str, int] | None = None) -> Prediction:
        """Sideways: forward and backward of every subnetwork at every tick, with messages in both directions.

        Args:
            devices: number of devices.
            cut: see `forward`.
        """
        overheads = self.overheads.training if self.overheads else None
        return self._side_by_side(self.costs.total, devices, True, overheads, cut)

    def blocking(self, devices: int) -> Prediction:
        """Backpropagation frame by frame over the same devices: one of them works, the others wait."""
        cut = self._cut(self.costs.total, devices)
        work = sum(self.costs.total.values())
        messages = 2 * sum(self._sent(cut).values())
        seconds = work + messages
        words = "messages" if messages > work else "one device works at a time"
        return Prediction(1 / seconds, work / (seconds * self._used(devices)), words)

    def gpipe(self, devices: int, micro_batches: int) -> Prediction:
        """GPipe: `micro_batches` frames run forward, then all of them backward, then the pipeline is empty.

        In each direction, the first frame takes the time of all devices, and every further one the time of the slowest:
        for equal devices, `M + P - 1` ticks (Huang et al., GPipe, 2019; Ben-Nun and Hoefler, section 6.3).
        """
        of_ways = (self.costs.forward, self.costs.back)
        return self._flushed(devices, micro_batches, of_ways, messages=1)

    def one_forward_one_backward(self, devices: int, micro_batches: int) -> Prediction:
        """1F1B with a flush (PipeDream-flush, DAPPLE): as fast as GPipe, with at most `P` frames' activations held.

        Its ticks run both directions at once, so the largest sum counts, not the sum of the largest.
        """
        return self._flushed(devices, micro_batches, (self.costs.total,), messages=2)

    def data_parallel(self, devices: int) -> Prediction:
        """Every device has the whole network and its own frame; gradients by ring all-reduce.

        Ring: `2 (P - 1) (L + m G / P)` for `m` bytes (Ben-Nun and Hoefler, section 2.4, "linear pipeline").
        """
        work = sum(self.costs.total.values())
        reduce = 0.0
        if devices > 1:
            reduce = 2 * (devices - 1) * self.link.seconds(self.costs.weight_bytes / devices)
        seconds = work + reduce
        words = "all-reduce" if reduce > work else "the whole network"
        return Prediction(devices / seconds, work / seconds, words)

    def table(self, devices: Sequence[int], micro_batches: int) -> list[dict]:
        """One row per number of devices: ticks per second of every way, and the utilisation of Sideways."""
        rows = []
        for count in devices:
            sideways = self.sideways(count)
            rows.append(
                {
                    "devices": count,
                    "forward only": self.forward(count).ticks_per_second,
                    "Sideways": sideways.ticks_per_second,
                    "blocking": self.blocking(count).ticks_per_second,
                    f"GPipe, M = {micro_batches}": self.gpipe(count, micro_batches).ticks_per_second,
                    f"1F1B, M = {micro_batches}": self.one_forward_one_backward(count, micro_batches).ticks_per_second,
                    "data parallel": self.data_parallel(count).ticks_per_second,
                    "utilisation of Sideways": sideways.utilisation,
                    "bottleneck of Sideways": sideways.bottleneck,
                }
            )
        return rows

    def _side_by_side(
        self,
        costs: Mapping[str, float],
        devices: int,
        messages_back: bool,
        overheads: Sequence[float] | None,
        cut: Mapping[str, int] | None,
    ) -> Prediction:
        devices = self._used(devices)
        cut = self._cut(costs, devices) if cut is None else cut
        of, sent = self._of(cut, costs), self._sent(cut)
        ways = 2 if messages_back else 1
        if overheads is not None:  # they include the messages
            sent, ways = dict.fromkeys(sent, overheads[min(devices, len(overheads)) - 1]), 1
        seconds = [of[i] + ways * sent[i] for i in range(devices)]
        worst = max(range(devices), key=seconds.__getitem__)
        names = [name for name, i in cut.items() if i == worst]
        words = f"{names[0]} .. {names[-1]}" if len(names) > 1 else names[0]
        if ways * sent[worst] > of[worst]:
            words = f"messages of {words}"
        return Prediction(1 / seconds[worst], sum(of) / (seconds[worst] * devices), words)

    def _flushed(
        self, devices: int, micro_batches: int, of_ways: Sequence[Mapping[str, float]], messages: int
    ) -> Prediction:
        """A pipeline that is filled and emptied once for each of `of_ways`, costs by unit name."""
        if micro_batches < 1:
            raise InputError(f"{micro_batches} micro-batches: expected a whole number of at least 1")
        devices = self._used(devices)
        cut = self._cut(self.costs.total, devices)
        sent, seconds = self._sent(cut), 0.0
        for costs in of_ways:
            each = [work + messages * sent[i] for i, work in enumerate(self._of(cut, costs))]
            seconds += sum(each) + (micro_batches - 1) * max(each)
        utilisation = micro_batches * sum(self.costs.total.values()) / (seconds * devices)
        return Prediction(micro_batches / seconds, utilisation, f"{100 * (1 - utilisation):.0f}% of the time idle")

    def _used(self, devices: int) -> int:
        """The number of used devices: more devices than units would be idle."""
        if not isinstance(devices, int) or devices < 1:
            raise InputError(f"{devices!r} devices: expected a whole number of at least 1")
        return min(devices, len(self.schedule.names))

    def _cut(self, costs: Mapping[str, float], devices: int) -> dict[str, int]:
        names = self.schedule.names
        return dict(zip(names, cutting.balanced(names, self._used(devices), costs), strict=True))

    def _of(self, cut: Mapping[str, int], costs: Mapping[str, float]) -> list[float]:
        """Seconds of work of every device."""
        of = [0.0] * (max(cut.values()) + 1)
        for name, device in cut.items():
            of[device] += costs[name]
        return of

    def _sent(self, cut: Mapping[str, int]) -> dict[int, float]:
        """Seconds that every device sends in one direction per tick: each value once to each device that reads it."""
        messages = {
            (read.source, cut[unit.name])
            for unit in self.schedule.units
            for read in unit.reads
            if read.source in cut and cut[read.source] != cut[unit.name]
        }
        sent = dict.fromkeys(range(max(cut.values()) + 1), 0.0)
        for source, _ in messages:
            sent[cut[source]] += self.link.seconds(self.costs.bytes_of[source])
        return sent
