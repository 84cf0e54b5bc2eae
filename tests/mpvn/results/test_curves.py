"""Pictures: formats, ticks where points are, bars where there are intervals."""

import math

import pytest
from matplotlib.axes import Axes

from mpvn.results import curves
from mpvn.results.intervals import Interval


@pytest.fixture
def drawn(monkeypatch):
    """What was drawn with bars: (x, y, half widths) of every line; and the ticks of every axis."""
    found, ticks = [], []
    errorbar, set_xticks = Axes.errorbar, Axes.set_xticks

    def with_bars(self, x, y, widths, **style):
        found.append((list(x), list(y), widths and list(widths)))
        return errorbar(self, x, y, widths, **style)

    def with_ticks(self, places, *labels, **options):
        ticks.append((list(places), *map(list, labels)))
        return set_xticks(self, places, *labels, **options)

    monkeypatch.setattr(Axes, "errorbar", with_bars)
    monkeypatch.setattr(Axes, "set_xticks", with_ticks)
    return found, ticks


def test_intervals_have_bars_and_points_have_ticks(drawn, tmp_path):
    lines = {"basic": [(1, Interval(2.0, 0.5)), (7, Interval(3.0))], "plain": [(4, 1.0)]}
    path = curves.draw({"title": lines}, tmp_path / "folder" / "a.png", "subnetworks", "loss", "", also=["pdf", "svg"])
    ((basic, *of_basic), (plain, *of_plain)), ticks = drawn
    assert (of_basic, of_plain, ticks) == ([[2.0, 3.0], [0.5, 0.0]], [[1.0], None], [([1, 4, 7],)])
    assert basic == pytest.approx([1, 7], abs=0.1) and plain == pytest.approx([4], abs=0.1)
    assert 1 - basic[0] == pytest.approx(plain[0] - 4) != 0  # beside each other
    assert path.read_bytes()[:4] == b"\x89PNG"
    assert path.with_suffix(".pdf").read_bytes()[:4] == b"%PDF" and "<svg" in path.with_suffix(".svg").read_text()


def test_values_with_names(drawn, tmp_path):
    panels = {
        "clips": {"a": [("300", Interval(1.0, 2.0)), ("600", Interval(2.0, math.inf))], "b": [("600", Interval(0, 1))]},
        "scene": {"b": [("0", Interval(3, 1))]},
    }
    path = curves.draw_values(panels, tmp_path / "b.png", "points")
    found, ticks = drawn
    assert [y for _, y, _ in found] == [[1.0, 2.0], [0], [3]] and found[0][2] == [2.0, 0]
    assert ticks == [([0, 1], ["300", "600"]), ([0], ["0"])]
    assert found[0][0] != [0, 1] and found[0][0] == pytest.approx([0, 1], abs=0.1)  # beside each other
    assert path.stat().st_size > 1000
