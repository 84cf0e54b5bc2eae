"""What rows of tables are made of: measures of runs, over seeds."""

from collections.abc import Iterable, Sequence

from mpvn.reproductions.support.batch import Outcome
from mpvn.results.intervals import Interval, interval

PERCENT = 100.0


def over_seeds(outcomes: Iterable[Outcome], measure: str, factor: float = 1.0) -> Interval:
    """Mean and 95% interval of a measure of the evaluation, over runs that differ in their seed.

    Args:
        outcomes: of the runs.
        measure: such as `"loss"`.
        factor: by which it is multiplied, such as `PERCENT`.
    """
    return interval([factor * outcome.measures[measure] for outcome in outcomes])


def listed(seeds: Sequence[int]) -> str:
    """Seeds as text for a note."""
    return ", ".join(map(str, seeds))
