"""The rule that recommends a setting, in plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass

from mpvn.advice.row import Row
from mpvn.errors import InputError

LEAST = 0.95  # our choice


@dataclass(frozen=True)
class Rule:
    """Chooses one of several settings.

    Attributes:
        fps: required frames per second; None if no rate is required.
        least: share of frames on which shifted outputs must agree with the sequential ones.

    Raises:
        InputError: a number is out of range.
    """

    fps: float | None = None
    least: float = LEAST

    def __post_init__(self) -> None:
        if self.fps is not None and not self.fps > 0:
            raise InputError(f"fps={self.fps!r}: expected frames per second above 0")
        if not 0 <= self.least <= 1:
            raise InputError(f"agreement {self.least!r}: expected a share from 0 to 1")

    def chosen(self, rows: Sequence[Row]) -> Row:
        """The recommended setting; among equals, the first. The first of all rows is the sequential network."""
        agreeing = [row for row in rows if row.agreement.share >= self.least]
        in_time = [row for row in agreeing if self.fps is not None and row.rates.step >= self.fps]
        if in_time:
            return min(in_time, key=lambda row: row.latency_ms(self.fps))
        return max(agreeing, key=lambda row: row.rates.step)

    def __str__(self) -> str:
        agreeing = f"agree with the sequential ones, shifted by their latency, by at least {100 * self.least:g}%"
        if self.fps is None:
            return f"the fastest by step among the settings whose outputs {agreeing}"
        return (
            f"among the settings whose outputs {agreeing} and that keep up with {self.fps:g} frames/s by step, the one "
            f"with the lowest latency; if none keeps up, the fastest that agrees"
        )

    def words(self, rows: Sequence[Row]) -> list[str]:
        """The recommendation and its rule."""
        row = self.chosen(rows)
        rate = f"{row.rates.step:.1f} frames/s by step, {row.latency_ms(self.fps):.1f} ms"
        lines = [f"recommended: {row.candidate} ({rate}): {row.candidate.code}", f"rule: {self}"]
        if not row.candidate.is_depth_parallel:
            lines.insert(1, f"no depth-parallel setting beats {row.candidate} here")
        if self.fps is not None and row.rates.step < self.fps:
            lines.append(f"no setting that agrees keeps up with {self.fps:g} frames/s on this machine")
        return lines
