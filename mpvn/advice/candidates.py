"""The settings that `advise` compares, in plain Python."""

from dataclasses import dataclass
from typing import Any

from mpvn.errors import InputError

EVERY = (2, 4)  # frame skipping: the sequential network at every 2nd and every 4th frame


@dataclass(frozen=True)
class Candidate:
    """A way to run a network over a video.

    Attributes:
        num_subnetworks: 1 for the sequential network.
        clocks: see `mpvn.ScheduleOptions`; a whole number is frame skipping.
        skips: see `mpvn.ScheduleOptions`.
    """

    num_subnetworks: int = 1
    clocks: str | int | None = None
    skips: str = "fresh"

    @property
    def every(self) -> int:
        """The `k` of frame skipping: the network runs at every k-th frame, and its output is held."""
        return self.clocks if isinstance(self.clocks, int) else 1

    @property
    def is_depth_parallel(self) -> bool:
        """Whether it is more than the sequential network with skipped frames; clocks by resolution are."""
        return self.num_subnetworks > 1 or isinstance(self.clocks, str)

    @property
    def options(self) -> dict[str, Any]:
        """Arguments of `VideoNetwork.parallel`; subnetworks are balanced by operations where no cut is declared."""
        options: dict[str, Any] = {"num_subnetworks": self.num_subnetworks}
        if self.num_subnetworks > 1:
            options |= {"costs": "flops", "skips": self.skips}
        return options | ({"clocks": self.clocks} if self.clocks else {})

    @property
    def code(self) -> str:
        """The code that makes this network."""
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f"network.parallel({arguments})"

    def __str__(self) -> str:
        if self.every > 1:
            return f"the sequential network at every {ordinal(self.every)} frame"
        clocks = f" with {self.clocks} clocks" if self.clocks else ""
        if self.num_subnetworks == 1:
            return f"the sequential network{clocks}"
        return f"{self.num_subnetworks} subnetworks{clocks}, {self.skips} skips"


def candidates(num_units: int, num_workers: int, halving: bool) -> list[Candidate]:
    """The settings to compare, the sequential network first.

    As many subnetworks as workers keep all workers busy; twice as many let one worker continue while another waits.

    Args:
        num_units: number of units of the network; the largest number of subnetworks.
        num_workers: number of threads on which subnetworks can run.
        halving: whether halving clocks change anything.

    Raises:
        InputError: the number of workers is not a whole number of at least 1.
    """
    if not isinstance(num_workers, int) or isinstance(num_workers, bool) or num_workers < 1:
        raise InputError(f"num_workers={num_workers!r}: expected a whole number of threads, at least 1")
    counts = sorted({n for n in (num_workers, 2 * num_workers) if 1 < n <= num_units})
    clocks = [None, "halving"] if halving else [None]
    found = [Candidate(), *(Candidate(clocks=k) for k in EVERY)]
    found += [Candidate(clocks=clock) for clock in clocks if clock]
    for count in counts:
        found += [Candidate(count, clock, skips) for clock in clocks for skips in ("fresh", "aligned")]
    return found


def ordinal(number: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(number, f"{number}th")
