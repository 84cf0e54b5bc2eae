"""Schedules as text: readable tables and CSV files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mpvn.errors import InputError
from mpvn.schedule import dead_work
from mpvn.schedule.delays import Read, ScheduledUnit

if TYPE_CHECKING:
    from mpvn.schedule.schedule import Schedule

COLUMNS = ("unit", "subnetwork", "period", "phase", "every_tick", "prediction_latency", "reads")


def to_rows(schedule: Schedule) -> list[dict[str, str]]:
    """One row per unit; the prediction latency is in the row of the output unit."""
    return [
        {
            "unit": unit.name,
            "subnetwork": str(unit.subnetwork),
            "period": str(unit.period),
            "phase": str(unit.phase),
            "every_tick": str(int(unit.every_tick)),
            "prediction_latency": str(schedule.prediction_latency) if unit.name == schedule.output else "",
            "reads": " ".join(_format(read) for read in unit.reads),
        }
        for unit in schedule.units
    ]


def from_rows(rows: Sequence[Mapping[str, str]]) -> tuple[list[ScheduledUnit], int]:
    """The scheduled units and the prediction latency of rows that `to_rows` returned."""
    units = [
        ScheduledUnit(
            row["unit"],
            int(row["subnetwork"]),
            int(row["period"]),
            int(row["phase"]),
            tuple(_parse(text) for text in row["reads"].split()),
            bool(int(row["every_tick"])),
        )
        for row in rows
    ]
    return units, int(rows[-1]["prediction_latency"])


def to_csv(schedule: Schedule, path: str | Path) -> None:
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(to_rows(schedule))


def from_csv(path: str | Path, make: Callable[[list], Schedule]) -> Schedule:
    """The result of `make` for the rows of a file that `to_csv` wrote; see `Schedule.from_csv`."""
    if not Path(path).is_file():
        raise InputError(f"schedule {str(path)!r} does not exist: expected a CSV file written by Schedule.to_csv")
    try:
        with open(path, newline="") as file:
            return make(list(csv.DictReader(file)))
    except InputError as error:
        raise InputError(f"{str(path)!r} holds an invalid schedule: {error}") from None
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise InputError(
            f"{str(path)!r} holds no schedule ({error!r}): expected the columns {', '.join(COLUMNS)}"
        ) from None


def table(schedule: Schedule, costs: Mapping[str, float] | None = None) -> str:
    least, mean, largest = schedule.information_latency
    load = schedule.load_per_tick(costs)
    lines = [
        f"{schedule.num_subnetworks} subnetworks, hyper-period {schedule.hyper_period} ticks, first valid output at "
        f"tick {schedule.valid_from}, information latency {least} / {mean:.1f} / {largest} frames (least / mean / "
        f"largest), load per tick {sum(load) / len(load):.4g} / {max(load):.4g}{' units' * (costs is None)} (mean / "
        f"most expensive), prediction latency {schedule.prediction_latency}, the output mixes {_mixed(schedule)}"
    ]
    scheduled = schedule.executions(schedule.hyper_period)
    live = schedule.executions(schedule.hyper_period, live=True)
    header = ("unit", "subnetwork", "period", "phase", "valid from", "scheduled", "live", "staleness")
    rows: list[tuple[str, ...]] = [(*header, "reads (source:delay)")]
    for unit in schedule.units:
        rows.append(
            (
                unit.name,
                str(unit.subnetwork),
                str(unit.period),
                str(unit.phase),
                str(schedule.unit_valid_from(unit.name)),
                str(scheduled[unit.name]),
                str(live[unit.name]),
                _span(schedule.path_staleness.get(unit.name, ())),
                " ".join(_format(read) for read in unit.reads),
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [row[i].rjust(widths[i]) for i in range(1, 8)] + [row[8]]
        lines.append("  ".join(cells))
    warning = dead_work.warning(schedule, costs)
    return "\n".join([*lines, *([warning] if warning else [])])


def _mixed(schedule: Schedule) -> str:
    """The ages of frames in the output, at the tick of the hyper-period that mixes most frames."""
    ages = []
    for tick in range(schedule.hyper_period):
        ages.append(tuple(tick - frame for frame in reversed(schedule.frames_mixed(schedule.output, tick))))
    most = max(ages, key=len)
    at = f" at phase {ages.index(most)}" if schedule.hyper_period > 1 else ""
    return (f"frames of age {_span(most)}" if len(most) > 1 else f"one frame of age {most[0]}") + at


def _span(numbers: Sequence[int]) -> str:
    """`3`, `3, 5`, or `3 .. 30 (12)` for twelve numbers."""
    if len(numbers) > 6:
        return f"{numbers[0]} .. {numbers[-1]} ({len(numbers)})"
    return ", ".join(map(str, numbers))


def _format(read: Read) -> str:
    """`stem:1`, with `:tap2` for an older execution and `:feedback` for a previous tick's output."""
    return (
        f"{_escaped(read.source)}:{read.delay}" + (f":tap{read.tap}" if read.tap else "") + ":feedback" * read.feedback
    )


def _escaped(name: str) -> str:
    """A name with escaped separators."""
    return "".join(f"%{ord(c):02x}" if c in " :%" else c for c in name)


def _parse(text: str) -> Read:
    source, delay, *marks = text.split(":")
    tap = next((int(mark[3:]) for mark in marks if mark.startswith("tap")), 0)
    return Read(unquote(source), int(delay), tap, "feedback" in marks)
