"""Cuts into subnetworks."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpvn.schedule import cuts as cutting

NAMES = ["a", "b", "c", "d"]


def all_cuts(costs, num_subnetworks):
    """Every way to cut a list into contiguous runs that are not empty, as the runs' costs."""
    for starts in itertools.combinations(range(1, len(costs)), num_subnetworks - 1):
        edges = [0, *starts, len(costs)]
        yield [sum(costs[i:j]) for i, j in itertools.pairwise(edges)]


@given(st.data())
def test_balanced_is_the_best_of_all_cuts(data):
    costs = data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=8))
    number = data.draw(st.integers(1, len(costs)))
    names = [f"u{i}" for i in range(len(costs))]
    subnetworks = cutting.balanced(names, number, dict(zip(names, costs, strict=True)))
    assert sorted(set(subnetworks)) == list(range(number)), "a subnetwork is empty"
    assert subnetworks == sorted(subnetworks)
    found = [sum(c for c, s in zip(costs, subnetworks, strict=True) if s == i) for i in range(number)]
    least = min(max(cut) for cut in all_cuts(costs, number))
    assert max(found) == least
    squares = min(sum(c**2 for c in cut) for cut in all_cuts(costs, number) if max(cut) == least)
    assert sum(c**2 for c in found) == squares


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=7), st.data())
def test_balanced_with_measured_seconds(costs, data):
    number = data.draw(st.integers(1, len(costs)))
    names = [f"u{i}" for i in range(len(costs))]
    subnetworks = cutting.balanced(names, number, dict(zip(names, costs, strict=True)))
    found = [sum(c for c, s in zip(costs, subnetworks, strict=True) if s == i) for i in range(number)]
    assert sorted(set(subnetworks)) == list(range(number))
    assert max(found) <= min(max(cut) for cut in all_cuts(costs, number)) + 1e-9


def test_balanced_counts_units_by_default():
    assert cutting.balanced(NAMES, 2) == [0, 0, 1, 1]
    assert cutting.balanced(NAMES, 4) == [0, 1, 2, 3]
    assert cutting.balanced(NAMES, 1) == [0, 0, 0, 0]


def test_among_equally_good_cuts_the_most_even_one_is_taken():
    # The most expensive unit alone costs 8; the rest is split 2 + 2, not 3 + 1.
    costs = {"dear": 8, "a": 1, "b": 1, "c": 1, "d": 1}
    assert cutting.balanced(["dear", *NAMES], 3, costs) == [0, 1, 1, 2, 2]


def test_the_most_expensive_subnetwork_counts_before_evenness():
    # 6 + 2 + 3 is more even by its squares, but 1 + 5 + 5 has the cheaper most expensive subnetwork.
    assert cutting.balanced(NAMES, 3, {"a": 1, "b": 5, "c": 2, "d": 3}) == [0, 1, 2, 2]


def test_units_that_cost_nothing_do_not_make_empty_subnetworks():
    assert cutting.balanced(NAMES, 4, dict.fromkeys(NAMES, 0)) == [0, 1, 2, 3]
    assert cutting.balanced(NAMES, 3, {"a": 0, "b": 0, "c": 0, "d": 5})[-1] == 2


def test_boundaries():
    assert cutting.at_boundaries(NAMES, ["c", "d"]) == [0, 0, 1, 2]
    assert cutting.at_boundaries(NAMES, ["a", "c"]) == [0, 0, 1, 1]
    assert cutting.at_boundaries(NAMES, []) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cutting.balanced(NAMES, 5), ["5", "4"]),
        (lambda: cutting.balanced(NAMES, 0), ["0"]),
        (lambda: cutting.balanced(NAMES, -1), ["-1"]),
        (lambda: cutting.balanced(NAMES, 2.0), ["2.0"]),
        (lambda: cutting.balanced(NAMES, True), ["True"]),
        (lambda: cutting.balanced(NAMES, 2, {"a": 1, "b": 1, "c": 1}), ["'d'"]),
        (lambda: cutting.balanced(NAMES, 2, {"a": 1, "b": -2, "c": 1, "d": 1}), ["'b'", "-2"]),
        (lambda: cutting.balanced(NAMES, 2, {"a": 1, "b": float("nan"), "c": 1, "d": 1}), ["'b'", "nan"]),
        (lambda: cutting.at_boundaries(NAMES, ["ghost"]), ["'ghost'", "a, b, c, d"]),
        (lambda: cutting.at_boundaries(NAMES, ["c", "b"]), ["'c'", "'b'", "order"]),
        (lambda: cutting.at_boundaries(NAMES, ["b", "b"]), ["'b'"]),
    ],
)
def test_wrong_cuts_are_refused(one_line_error, call, words):
    one_line_error(call, *words)
