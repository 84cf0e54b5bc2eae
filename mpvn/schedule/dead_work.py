"""Dead work: the share of what is scheduled on which no output depends, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule

MUCH = 0.5  # our choice: from more than this share on it is spoken of


def dead_share(schedule: Schedule, costs: Mapping[str, float] | None = None) -> float:
    """Share of the scheduled cost on which no output of an endless video depends, from 0 to 1.

    Args:
        schedule: the schedule.
        costs: cost of one execution of every unit, in any one measure; `None` counts executions.

    Raises:
        InputError: a cost is missing or negative.
    """
    scheduled, live = (sum(schedule.load_per_tick(costs, live)) for live in (False, True))
    return 1 - live / scheduled if scheduled else 0.0


def warning(schedule: Schedule, costs: Mapping[str, float] | None = None) -> str | None:
    """One line where more than half of what is scheduled is dead; otherwise None. See `dead_share`."""
    share = dead_share(schedule, costs)
    if share <= MUCH:
        return None
    return (
        f"{100 * share:.0f}% of the scheduled {'executions are' if costs is None else 'cost is'} dead, no output "
        f"depends on it: leave it out in streams (executions='live'), skip frames instead (clocks=k), or let slower "
        f"units read it (mpvn.with_temporal_shift); see docs/when_it_pays.md"
    )
