"""Accuracy over cost, and over latency."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mpvn.results import curves
from mpvn.results.intervals import Interval


@dataclass(frozen=True)
class Mark:
    """One point of a picture.

    Attributes:
        series: points of one look alike.
        label: beside it.
        across: where it stands.
        up: its value over seeds.
    """

    series: str
    label: str
    across: float
    up: Interval


COLUMNS = 3


def draw(
    panels: Mapping[tuple[str, str], Sequence[Mark]],
    path: Path,
    across: str,
    log: bool,
    joined: Collection[str],
    also: Sequence[str] = (),
) -> Path:
    """Draws one panel for each (title, name of the upward axis), with the same colour for a series in all.

    Args:
        panels: the points.
        path: of the picture.
        across: name of the other axis.
        log: whether that one is logarithmic.
        joined: series whose points are joined by a line.
        also: further formats that it is saved in.
    """
    names = list(dict.fromkeys(mark.series for marks in panels.values() for mark in marks))
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = curves.empty_figure(4.0 * columns, 3.4 * rows + 1.6)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[len(panels) :]:
        axis.set_visible(False)
    handles = {}
    for axis, ((title, up), marks) in zip(axes, panels.items(), strict=False):
        for series in dict.fromkeys(mark.series for mark in marks):
            points = sorted((mark for mark in marks if mark.series == series), key=lambda mark: mark.across)
            errors = [curves.shown_width(mark.up) for mark in points]
            number = names.index(series)
            handles[series] = axis.errorbar(
                [mark.across for mark in points],
                [mark.up.mean for mark in points],
                errors,
                marker="osD^vP*X<>h8p"[number % 13],
                color=f"C{number % 10}",
                linestyle="-" if series in joined else "none",
                linewidth=1.2,
                markersize=5,
                capsize=3,
            )
        if log:
            axis.set_xscale("log")
            least = min(mark.across for mark in marks)
            powers = range(math.ceil(-math.log2(least) - 0.1) + 1)
            axis.set_xticks([2.0**-power for power in powers], ["1", *(f"1/{2**power}" for power in powers[1:])])
            axis.minorticks_off()
        axis.set(title=title, xlabel=across, ylabel=up)
        axis.grid(alpha=0.3)
        if "loss" in up:
            axis.invert_yaxis()  # what is better is higher in all panels
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return curves.save(figure, path, also)
