"""Execution timelines below each other."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mpvn.results.curves import COLOURS, empty_figure, save
from mpvn.schedule.timeline import Bar

FILLS = (*COLOURS[:-1], "#F0E442")  # yellow in place of black


def draw(timelines: Mapping[str, Sequence[Bar]], path: Path, across: str, also: Sequence[str] = ()) -> Path:
    """Draws timelines: time across, a row for each device, a colour for each subnetwork.

    Args:
        timelines: {title: bars}.
        path: of the image file; the ending gives the format.
        across: the unit of the costs.
        also: further formats.

    Raises:
        InputError: Matplotlib is not installed.
    """
    rows = [1 + max(bar.device for bar in bars) for bars in timelines.values()]
    figure = empty_figure(10, sum(0.7 + 0.22 * count for count in rows) + 0.4)
    axes = figure.subplots(len(rows), 1, sharex=True, squeeze=False, height_ratios=[2 + count for count in rows])[:, 0]
    for axis, (title, bars), count in zip(axes, timelines.items(), rows, strict=True):
        for bar in bars:
            colour = FILLS[bar.subnetwork % len(FILLS)]
            axis.barh(bar.device, bar.end - bar.begin, 0.9, bar.begin, color=colour, edgecolor="white", lw=0.5)
        axis.set(title=title, ylabel="device", ylim=(count - 0.4, -0.6), yticks=range(count))
    axes[-1].set_xlabel(across)
    return save(figure, path, also)
