"""What rows of tables are made of: measures of runs, over seeds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mpvn.reproductions.support.batch import Outcome
from mpvn.results.intervals import Interval, interval

PERCENT = 100.0
TRAINING = ("step", "loss", "accuracy")  # of the last report


def over_seeds(outcomes: Iterable[Outcome], measure: str, factor: float = 1.0) -> Interval:
    """Mean and 95% interval of a measure of the evaluation, over runs that differ in their seed.

    Args:
        outcomes: of the runs.
        measure: such as `"loss"`.
        factor: by which it is multiplied, such as `PERCENT`.
    """
    return interval([factor * outcome.measures[measure] for outcome in outcomes])


def of_each(outcomes: Mapping[str, Outcome]) -> list[dict[str, Any]]:
    """A row of numbers for every run, from which tables are: its evaluation, and how training ended.

    Args:
        outcomes: by name of the run.
    """
    measures = dict.fromkeys(name for outcome in outcomes.values() for name in outcome.measures)
    return [
        {
            "run": name,
            "seed": "" if outcome.seed is None else outcome.seed,
            **{measure: outcome.measures.get(measure, "") for measure in measures},
            **{f"training {metric}": _at_end(outcome, metric) for metric in TRAINING},
        }
        for name, outcome in outcomes.items()
    ]


def _at_end(outcome: Outcome, metric: str) -> float | str:
    if outcome.diverged_at is not None:
        return outcome.at_end(metric)
    return outcome.metrics[-1].get(metric, "") if outcome.metrics else ""


def listed(seeds: Sequence[int]) -> str:
    """Seeds as text for a note."""
    return ", ".join(map(str, seeds))
