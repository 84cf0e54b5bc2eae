"""The results of one setting, in plain Python."""

from dataclasses import dataclass
from typing import Any

from mpvn.advice.candidates import Candidate

FORMATS = {
    "step, frames/s": ".1f",
    "chunks, frames/s": ".1f",
    "latency, frames": ".1f",
    "latency, ms": ".1f",
    "MFLOP/frame": ".1f",
    "live": ".1f",
    "top-1 at once": ".3f",
    "top-1 shifted": ".3f",
    "difference at once": ".3f",
    "difference shifted": ".3f",
    "variation": ".4f",
    "registers, MB": ".2f",
}


@dataclass(frozen=True)
class Rates:
    """The measured rates of a setting.

    Attributes:
        step: frames per second, one per call of `Stream.step`.
        chunk: frames per second of `Stream.step_chunk`.
        resident: memory of the process in bytes; None if the process is shared.
        threads: (within an operation, across operations); None for the threads of this process.
    """

    step: float
    chunk: float
    resident: int | None = None
    threads: tuple[int, int] | None = None


@dataclass(frozen=True)
class Agreement:
    """Agreement of outputs with those of the sequential network.

    Attributes:
        top1: whether values are shares of frames with the same largest output; otherwise, relative differences.
        at_once: compared with the sequential output for the same frame.
        shifted: compared with the sequential output for the newest frame that the output can depend on.
        variation: change of outputs from frame to frame, see `mpvn.advice.agreement`.
    """

    top1: bool
    at_once: float
    shifted: float
    variation: float

    @property
    def share(self) -> float:
        """1 if the shifted outputs equal the sequential ones."""
        return self.shifted if self.top1 else 1 - self.shifted


@dataclass(frozen=True)
class Row:
    """A setting and its results.

    Attributes:
        candidate: the setting.
        rates: its measured rates.
        agreement: the agreement of its outputs.
        latency: mean age in frames of the newest frame in the output.
        work: operations per frame: all scheduled ones, and those that some output depends on.
        registers: bytes that a stream keeps.
    """

    candidate: Candidate
    rates: Rates
    agreement: Agreement
    latency: float
    work: tuple[float, float]
    registers: int

    def latency_ms(self, fps: float | None) -> float:
        """Age of the newest frame in the output when the output is ready, in milliseconds.

        Args:
            fps: rate of the video; a stream that does not keep up, or has no set rate, runs at its own rate.
        """
        rate = self.rates.step if fps is None else min(fps, self.rates.step)
        computing = self.candidate.every / self.rates.step  # of the frames that are checked
        return 1000 * (self.latency / rate + computing)

    def cells(self, fps: float | None) -> dict[str, Any]:
        """The row of a table."""
        candidate, agreement = self.candidate, self.agreement
        kind = "top-1" if agreement.top1 else "difference"
        skipping = candidate.every > 1
        resident = {} if self.rates.resident is None else {"resident, MB": f"{self.rates.resident / 2**20:.0f}"}
        threads = {} if self.rates.threads is None else {"threads": "{}:{}".format(*self.rates.threads)}
        return {
            "subnetworks": candidate.num_subnetworks,
            "frames": f"every {candidate.every}" if skipping else "all",
            "clocks": "none" if skipping else candidate.clocks or "none",
            "skips": candidate.skips if candidate.num_subnetworks > 1 else "",
            "step, frames/s": self.rates.step,
            "chunks, frames/s": self.rates.chunk,
            "latency, frames": self.latency,
            "latency, ms": self.latency_ms(fps),
            "MFLOP/frame": self.work[0] / 1e6,
            "live": self.work[1] / 1e6,
            f"{kind} at once": agreement.at_once,
            f"{kind} shifted": agreement.shifted,
            "variation": agreement.variation,
            "registers, MB": self.registers / 2**20,
            **resident,
            **threads,
        }
