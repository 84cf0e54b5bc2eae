"""Curves side by side."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpvn.errors import InputError
from mpvn.results.intervals import Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = "os^DvP"
# Okabe and Ito's colours, which colour-blind readers can tell apart.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000")
FEW = 10  # points, each with a mark and a tick


def draw(
    panels: Mapping[str, Mapping[str, Sequence[tuple[float, float | Interval]]]],
    path: Path,
    across: str,
    up: str,
    legend: str,
    log: bool = False,
    also: Sequence[str] = (),
) -> Path:
    """Draws one panel per title, one curve per label, with axes in common.

    Args:
        panels: {title: {label: points (x, y)}}; intervals are drawn with bars.
        path: of the picture.
        across, up: names of the axes.
        legend: what the labels are values of.
        log: whether the upward axis is logarithmic.
        also: further formats that it is saved in, such as `"pdf"`.

    Raises:
        InputError: Matplotlib is not installed.
    """
    figure = empty_figure(3.6 * len(panels) + 2.4, 3.4)
    axes = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    for axis, (title, lines) in zip(axes, panels.items(), strict=True):
        places = sorted({x for points in lines.values() for x, _ in points})
        bars = any(shown_width(y) for points in lines.values() for _, y in points)
        beside = 0.03 * (places[-1] - places[0]) if bars else 0.0  # bars at the same place do not hide each other
        for number, (label, points) in enumerate(lines.items()):
            # A single point has no line; and colours are not for everyone.
            marker = MARKERS[number % len(MARKERS)] if len(points) < FEW else None
            shift = beside * (number - (len(lines) - 1) / 2)
            across_all, means = [x + shift for x, _ in points], [_mean(y) for _, y in points]
            widths = [shown_width(y) for _, y in points]
            style = {"lw": 1.5, "marker": marker, "capsize": 3, "color": _colour(number)}
            axis.errorbar(across_all, means, widths if any(widths) else None, label=label, **style)
        if len(places) < FEW:
            axis.set_xticks(places)
        axis.set(title=title, xlabel=across)
        axis.grid(alpha=0.3)
        if log:
            axis.set_yscale("log")
    axes[0].set_ylabel(up)
    axes[-1].legend(title=legend, loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
    return save(figure, path, also)


def draw_values(
    panels: Mapping[str, Mapping[str, Sequence[tuple[str, Interval]]]],
    path: Path,
    up: str,
    level: float = 0.0,
    also: Sequence[str] = (),
) -> Path:
    """Draws intervals over values that have names, one panel per title, whose values are in order.

    Args:
        panels: {title: {label: (name of the value, interval)}}.
        path: of the picture.
        up: name of the upward axis.
        level: to compare with, drawn as a line.
        also: further formats that it is saved in.

    Raises:
        InputError: Matplotlib is not installed.
    """
    figure = empty_figure(2.6 * len(panels) + 1.6, 3.6)
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    labels = list(dict.fromkeys(label for lines in panels.values() for label in lines))
    keys: dict[str, Any] = {}
    for axis, (title, lines) in zip(axes, panels.items(), strict=True):
        names = list(dict.fromkeys(name for points in lines.values() for name, _ in points))
        for label, points in lines.items():
            number = labels.index(label)
            style = {"color": _colour(number), "marker": MARKERS[number % len(MARKERS)]}
            beside = 0.12 * (number - (len(labels) - 1) / 2)
            at = [names.index(name) + beside for name, _ in points]
            widths = [shown_width(value) for _, value in points]
            keys[label] = axis.errorbar(at, [value.mean for _, value in points], widths, capsize=3, lw=1, ms=6, **style)
            for x, (_, value), width in zip(at, points, widths, strict=True):
                if not width:  # a single value has no interval: a hollow mark
                    axis.plot(x, value.mean, ms=6, zorder=3, **style | {"markerfacecolor": "white"})
        axis.axhline(level, color="black", linewidth=0.8)
        axis.set_xticks(range(len(names)), names, rotation=30 if max(map(len, names)) > 6 else 0)
        axis.set(xlabel=title, xlim=(-0.5, len(names) - 0.5))
        axis.grid(alpha=0.3)
    axes[0].set_ylabel(up)
    axes[-1].legend(keys.values(), keys, loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
    return save(figure, path, also)


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _mean(value: float | Interval) -> float:
    return value.mean if isinstance(value, Interval) else value


def shown_width(value: float | Interval) -> float:
    """Half of an interval, 0 where there is none."""
    return value.half_width if isinstance(value, Interval) and math.isfinite(value.half_width) else 0.0


def save(figure: "Figure", path: Path, also: Sequence[str] = ()) -> Path:
    """Saves a figure, and beside it in further formats, such as `"pdf"`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for name in (path, *(path.with_suffix(f".{form}") for form in also)):
        figure.savefig(name, dpi=110)
    return path


def empty_figure(width: float, height: float) -> "Figure":
    """An empty figure, in inches.

    Raises:
        InputError: Matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("a picture needs Matplotlib: pip install matplotlib pillow") from None
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure
