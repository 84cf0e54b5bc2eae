"""Curves side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mpvn.errors import InputError


def draw(
    panels: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]],
    path: Path,
    across: str,
    up: str,
    legend: str,
    log: bool = False,
) -> Path:
    """Draws one panel per title, one curve per label, with axes in common.

    Args:
        panels: {title: {label: points (x, y)}}.
        path: of the picture.
        across, up: names of the axes.
        legend: what the labels are values of.
        log: whether the upward axis is logarithmic.

    Raises:
        InputError: Matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("a picture needs Matplotlib: pip install 'mpvn[plot]'") from None
    figure = Figure(figsize=(3.6 * len(panels) + 2.4, 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    for axis, (title, lines) in zip(axes, panels.items(), strict=True):
        for label, points in lines.items():
            marker = "o" if len(points) < 10 else None  # a single point has no line
            axis.plot([x for x, _ in points], [y for _, y in points], label=label, linewidth=1.5, marker=marker)
        axis.set(title=title, xlabel=across)
        axis.grid(alpha=0.3)
        if log:
            axis.set_yscale("log")
    axes[0].set_ylabel(up)
    axes[-1].legend(title=legend, loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    return path
