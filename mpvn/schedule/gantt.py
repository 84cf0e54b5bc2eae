"""Draws schedules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mpvn.errors import InputError
from mpvn.schedule.cotangents import Travel, first_complete, travels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Rectangle

    from mpvn.schedule.schedule import Schedule


def plot(schedule: Schedule, path: str | Path, num_ticks: int | None = None, backward: bool = False) -> None:
    """Draws ticks across and subnetworks down.

    A cell is coloured while its subnetwork executes and grey while all its units hold. It shows the number of the
    newest frame in the output of the subnetwork's last unit at that tick, preceded by the oldest one if paths of
    different delays meet; it is hatched until that unit is valid.

    Args:
        schedule: the schedule to draw.
        path: path of the image file; the ending determines the format.
        num_ticks: number of ticks to draw; by default the warm-up and a hyper-period, at most 48, or until the
            cotangent has reached the first unit.
        backward: whether to draw the paths of the first complete output's cotangent: under Sideways (forward in time),
            and with exact gradients.

    Raises:
        InputError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("drawing a schedule needs matplotlib: pip install matplotlib pillow") from None
    ways = travels(schedule, first_complete(schedule)) if backward else []
    if num_ticks is None:
        whole = schedule.valid_from + max(8, schedule.hyper_period)
        num_ticks = max([whole, *(way.arrives + 1 for way in ways)]) if backward else min(48, whole)
    rows = schedule.num_subnetworks
    spans, wide = {}, False
    for row in range(rows):
        last = list(schedule.subnetwork_units(row))[-1].name
        for tick in range(num_ticks):
            oldest, freshest = schedule.frame_span(last, tick)
            valid = tick >= schedule.unit_valid_from(last)
            num_busy = sum(schedule.executes(unit.name, tick) for unit in schedule.subnetwork_units(row))
            spans[row, tick] = oldest, freshest, valid, num_busy / len(list(schedule.subnetwork_units(row)))
            wide = wide or oldest != freshest
    cell = 0.55 if wide else 0.36
    figure = Figure(figsize=(2.0 + cell * num_ticks, 1.2 + 0.34 * rows))
    axes = figure.add_subplot()
    for (row, tick), (oldest, freshest, valid, busy) in spans.items():
        colour = (0.87, 0.87, 0.87) if not busy else (0.95 - 0.35 * busy, 0.95 - 0.18 * busy, 1.0)
        hatch = None if valid else "////"
        axes.add_patch(_cell(tick, row, colour, hatch))
        if valid:
            text = str(freshest) if oldest == freshest else f"{oldest}–{freshest}"
            axes.text(tick, row, text, ha="center", va="center", fontsize=7, color="0.45" if not busy else "black")
    _draw_ways(schedule, axes, ways, num_ticks)
    axes.set_xlim(-0.5, num_ticks - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xticks(range(0, num_ticks, 1 if num_ticks <= 24 else 4))
    names = [[unit.name for unit in schedule.subnetwork_units(row)] for row in range(rows)]
    labels = [f"{row}: {n[0]}" + (f" … {n[-1]}" if len(n) > 1 else "") for row, n in enumerate(names)]
    labels = [label.replace("$", r"\$") for label in labels]  # disables formulas
    axes.set_yticks(range(rows), labels)
    axes.tick_params(labelsize=7, length=2)
    title = "frames in each subnetwork (oldest–freshest)" if wide else "frame in each subnetwork"
    axes.set_title(title, fontsize=8, loc="left")
    legend = "blue: executes (pale: some of its units)   grey: holds   hatched: not yet valid"
    if backward:
        legend += "\nred: a cotangent under Sideways, and the frame that it is of   green: with exact gradients"
    axes.set_xlabel(f"tick\n{legend}", fontsize=7)
    figure.savefig(path, dpi=150, bbox_inches="tight")


def _draw_ways(schedule: Schedule, axes: Axes, ways: Sequence[Travel], num_ticks: int) -> None:
    """Draws the paths of a cotangent between subnetworks, with its frame at each end above the frame that it meets."""
    if not ways:
        return
    exact = travels(schedule, ways[0].sent, exact=True)
    for of_kind, colour, style in ((exact, "tab:green", "dashed"), (ways, "tab:red", "solid")):
        arrows = {
            (way.sent, schedule[way.reader].subnetwork, way.arrives, schedule[way.source].subnetwork)
            for way in of_kind
            if way.arrives < num_ticks and schedule[way.reader].subnetwork != schedule[way.source].subnetwork
        }
        for sent, reader, arrives, source in sorted(arrows):
            look = {"arrowstyle": "->", "color": colour, "linestyle": style, "lw": 1.2, "shrinkA": 5, "shrinkB": 7}
            axes.annotate("", (arrives, source), (sent, reader), arrowprops=look)
    frames = {
        (way.arrives, schedule[way.source].subnetwork, schedule.frame_span(way.source, way.arrives - way.staleness)[1])
        for way in ways
    }
    for tick, row, frame in sorted(frames):
        if tick < num_ticks:
            axes.text(tick - 0.42, row - 0.4, str(frame), va="top", fontsize=7, color="tab:red")


def _cell(tick: int, row: int, colour: tuple[float, float, float], hatch: str | None) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle((tick - 0.5, row - 0.5), 1, 1, facecolor=colour, edgecolor="white", hatch=hatch, linewidth=0.6)
