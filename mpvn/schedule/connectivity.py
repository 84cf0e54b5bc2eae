"""Reads between executions, unrolled in time, and the temporal receptive field of an output.

Drawn like MPVN's Figs. 1 to 4: time across, depth upwards, frames at the bottom.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mpvn.errors import InputError
from mpvn.schedule.wiring import FRAME

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mpvn.schedule.schedule import Schedule


class Execution(NamedTuple):
    """An execution of a unit at a tick; for the frame, its arrival."""

    unit: str
    tick: int


Reading = tuple[Execution, Execution]  # a reader, and the execution it reads


def readings(schedule: Schedule, executions: Iterable[Execution]) -> list[Reading]:
    """All reads of values computed at tick 0 or later."""
    return [
        (reader, Execution(read.source, schedule.source_tick(read, reader.tick)))
        for reader in executions
        if reader.unit != FRAME
        for read in schedule[reader.unit].reads
        if schedule.source_tick(read, reader.tick) >= 0
    ]


def receptive_field(schedule: Schedule, tick: int) -> set[Execution]:
    """All executions from tick 0 on that the output at a tick depends on, including itself."""
    found: set[Execution] = set()
    new = {Execution(schedule.output, schedule.last_execution(schedule.output, tick))}
    while new:
        found |= new
        new = {read for _, read in readings(schedule, new)} - found
    return found


def plot(schedules: dict[str, Schedule], path: str | Path, num_ticks: int, also: Sequence[str] = ()) -> None:
    """Draws schedules side by side.

    Executions are circles, connected to the executions that they read; those that the output at the last tick depends
    on are blue. The colour below a circle shows the subnetwork.

    Args:
        schedules: schedules by title.
        path: path of the image file.
        num_ticks: number of ticks of each to draw.
        also: additional image formats.

    Raises:
        InputError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("drawing a schedule needs matplotlib: pip install matplotlib pillow") from None
    deepest = max(len(schedule.units) for schedule in schedules.values())
    width = 0.42 * num_ticks + 1.1
    figure = Figure(figsize=(width * len(schedules), 0.5 * deepest + 1.3), layout="constrained")
    for axis, (title, schedule) in zip(
        figure.subplots(1, len(schedules), squeeze=False)[0], schedules.items(), strict=True
    ):
        _draw(axis, schedule, num_ticks)
        axis.set_title(title, fontsize=9)
    for name in (Path(path), *(Path(path).with_suffix(f".{form}") for form in also)):
        figure.savefig(name, dpi=130)


def _draw(axis: Axes, schedule: Schedule, num_ticks: int) -> None:
    height = {FRAME: 0} | {unit.name: number for number, unit in enumerate(schedule.units, 1)}
    executions = [
        Execution(name, tick)
        for name in height
        for tick in range(num_ticks)
        if name == FRAME or schedule.executes(name, tick)
    ]
    field = receptive_field(schedule, num_ticks - 1)
    for reader, read in readings(schedule, executions):
        inside = reader in field
        look: dict[str, Any] = {"color": "tab:blue", "lw": 1.3, "zorder": 2} if inside else {"color": "0.8", "lw": 0.7}
        axis.plot([read.tick, reader.tick], [height[read.unit], height[reader.unit]], **look)
    for execution in executions:
        where = execution.tick, height[execution.unit]
        inside = execution in field
        marker, colour = ("s", "black") if execution.unit == FRAME else ("o", "tab:blue")
        face = colour if inside else "white"
        axis.plot(*where, marker, ms=7, markerfacecolor=face, markeredgecolor=colour if inside else "0.6", zorder=3)
    for above, below in zip(schedule.units[1:], schedule.units, strict=False):
        if above.subnetwork != below.subnetwork:
            axis.axhline(height[above.name] - 0.5, color="tab:red", lw=0.8, ls="dotted")
    axis.set_yticks(list(height.values()), list(height), fontsize=7)
    axis.set_xticks(range(num_ticks))
    axis.tick_params(labelsize=7, length=2)
    axis.set_xlabel("tick", fontsize=8)
    axis.set_xlim(-0.5, num_ticks - 0.5)
    axis.set_ylim(-0.5, len(height) - 0.5)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
