"""Accuracy over cost, and over latency."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mpvn.results.intervals import Interval


@dataclass(frozen=True)
class Mark:
    """One point of a picture.

    Attributes:
        series: points of one are joined by a line.
        label: beside it.
        across: where it stands.
        up: its value over seeds.
    """

    series: str
    label: str
    across: float
    up: Interval


def draw(panels: Mapping[tuple[str, str], Sequence[Mark]], path: Path, across: str, log: bool) -> Path:
    """Draws one panel for each (title, name of the upward axis), with the same colour for a series in all.

    Args:
        panels: the points.
        path: of the picture.
        across: name of the other axis.
        log: whether that one is logarithmic.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(mark.series for marks in panels.values() for mark in marks))
    figure = Figure(figsize=(4.6 * len(panels), 5.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    handles = {}
    for axis, ((title, up), marks) in zip(axes, panels.items(), strict=True):
        for series in dict.fromkeys(mark.series for mark in marks):
            points = sorted((mark for mark in marks if mark.series == series), key=lambda mark: mark.across)
            errors = [0 if math.isinf(mark.up.half_width) else mark.up.half_width for mark in points]
            number = names.index(series)
            handles[series] = axis.errorbar(
                [mark.across for mark in points],
                [mark.up.mean for mark in points],
                errors,
                marker="osD^vP*X<>h8p"[number % 13],
                color=f"C{number % 10}",
                linewidth=1.2,
                markersize=5,
                capsize=3,
            )
        if log:
            axis.set_xscale("log")
            axis.set_xticks([0.125, 0.25, 0.5, 1.0], ["1/8", "1/4", "1/2", "1"], minor=False)
            axis.minorticks_off()
        axis.set(title=title, xlabel=across, ylabel=up)
        axis.grid(alpha=0.3)
        if "loss" in up:
            axis.invert_yaxis()  # what is better is higher in all panels
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    return path
