"""Fronts and curves, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpvn.reproductions.paying.front import beyond, beyond_paired, front

CURVE = [(1.0, 90.0), (0.5, 80.0), (0.25, 60.0)]


def test_the_front_leaves_out_what_is_dearer_and_no_better():
    points = {"all": (1.0, 90.0), "half": (0.5, 80.0), "dear": (0.6, 80.0), "bad": (0.3, 10.0), "cheap": (0.1, 20.0)}
    assert front(points) == ["cheap", "half", "all"]
    assert front({"a": (0.5, 1.0), "b": (0.5, 2.0)}) == ["b"]


@given(st.dictionaries(st.text(), st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1))
def test_what_is_left_out_is_dominated_and_what_stays_is_not(points):
    chosen = front(points)
    for name, (cost, worth) in points.items():
        others = [points[other] for other in chosen if other != name]
        dominated = any(c <= cost and w >= worth for c, w in others)
        assert dominated != (name in chosen)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((0.5, 85.0), 5.0),
        ((0.75, 85.0), 0.0),  # half way between 80 and 90
        ((0.3, 60.0), -4.0),  # a fifth of the way from 60 to 80
        ((1.2, 95.0), 5.0),  # dearer than all: against the dearest
        ((0.2, 99.0), None),  # cheaper than all
    ],
)
def test_beyond_a_curve(point, expected):
    found = beyond(point, CURVE)
    assert found == expected if expected is None else found == pytest.approx(expected)


def test_beyond_a_curve_paired_by_seed():
    others = {
        "all": (1.0, {0: 90.0, 1: 92.0}),
        "half": (0.5, {0: 80.0, 1: 84.0}),
        "half, worse": (0.5, {0: 81.0, 1: 70.0}),
        "lucky": (0.5, {0: 99.0}),  # did not run with the other seed
    }
    assert beyond_paired(0.75, {0: 86.0, 1: 90.0}, others) == pytest.approx([1.0, 2.0])
    assert beyond_paired(0.75, {0: 96.0}, others) == pytest.approx([96.0 - 99.0])  # all is no better, and dearer
    assert beyond_paired(0.25, {0: 86.0, 1: 90.0}, others) == []
    assert beyond_paired(0.75, {2: 86.0}, others) == []
