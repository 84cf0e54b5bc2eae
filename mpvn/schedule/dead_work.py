"""Dead work: the scheduled share that no output depends on, and a warning about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule

MUCH = 0.5  # warn above this share: our choice


def dead_share(schedule: Schedule, costs: Mapping[str, float] | None = None) -> float:
    """Share of the scheduled cost that no output of an endless video depends on, from 0 to 1.

    Args:
        schedule: the schedule.
        costs: cost of one execution of every unit, in any unit of measure; `None` counts executions.

    Raises:
        InputError: a cost is missing or negative.
    """
    scheduled, live = (sum(schedule.load_per_tick(costs, live)) for live in (False, True))
    return 1 - live / scheduled if scheduled else 0.0


def warning(schedule: Schedule, costs: Mapping[str, float] | None = None) -> str | None:
    """One line if more than half of the scheduled cost is dead; otherwise None. See `dead_share`."""
    share = dead_share(schedule, costs)
    if share <= MUCH:
        return None
    return (
        f"{100 * share:.0f}% of the scheduled {'executions are' if costs is None else 'cost is'} dead, no output "
        f"depends on it: leave it out in streams (executions='live'), skip frames instead (clocks=k), or let slower "
        f"units read it (mpvn.with_temporal_shift); see docs/when_it_pays.md"
    )
