"""Periods and phases."""

import pytest

from mpvn.schedule import clocks
from mpvn.schedule.wiring import FRAME, Unit, Wiring

CHAIN = Wiring([Unit("stem"), Unit("a", inputs=["stem"]), Unit("b", inputs=["a"]), Unit("head", inputs=["b"])])


def test_no_clocks():
    assert clocks.periods(CHAIN) == {"stem": 1, "a": 1, "b": 1, "head": 1}


def test_a_unit_that_is_not_named_takes_the_largest_period_among_its_inputs():
    wiring = Wiring(
        [
            Unit("a"),
            Unit("b"),
            Unit("c", inputs=["a", FRAME, "b"]),
            Unit("d", inputs=["a"]),
            Unit("e", inputs=["c", "d"]),
        ]
    )
    assert clocks.periods(wiring, {"a": 2, "b": 4}) == {"a": 2, "b": 4, "c": 4, "d": 2, "e": 4}


def test_feedback_hands_no_period_on():
    wiring = Wiring([Unit("a", feedback=["b"]), Unit("b", inputs=["a"])])
    assert clocks.periods(wiring, {"b": 8}) == {"a": 1, "b": 8}


def test_every_tick_is_exempt_and_hands_on_period_1():
    wiring = Wiring([Unit("a"), Unit("head", inputs=["a"], every_tick=True), Unit("after", inputs=["head"])])
    assert clocks.periods(wiring, {"a": 4}) == {"a": 4, "head": 1, "after": 1}


@pytest.mark.parametrize(
    ("input_height", "heights", "expected"),
    [
        # Par-DenseNet's stem and blocks at 224 pixels; its head has no height.
        (224, {"stem": 56, "a": 56, "b": 28, "head": None}, [1, 2, 4, 4]),
        (224, {"stem": 56, "a": 14, "b": 7, "head": 1}, [1, 8, 16, 16]),
        # Heights that are no powers of two are rounded to the nearest: 112 / (2 * 6) = 9.3, 112 / (2 * 11) = 5.1.
        (112, {"stem": 56, "a": 11, "b": 6, "head": None}, [1, 4, 8, 8]),
        # A unit that enlarges again cannot tick faster than what it reads.
        (64, {"stem": 32, "a": 4, "b": 32, "head": 64}, [1, 8, 8, 8]),
        # The stem stays at 1 whatever its height.
        (64, {"stem": 4, "a": 32, "b": 16, "head": None}, [1, 1, 2, 2]),
    ],
)
def test_halving(input_height, heights, expected):
    assert list(clocks.periods(CHAIN, "halving", input_height, heights).values()) == expected


def test_halving_gives_gates_the_clock_of_what_they_read():
    wiring = Wiring(
        [
            Unit("stem"),
            Unit("a", inputs=["stem"]),
            Unit("gate", inputs=["a"]),
            Unit("scaled", inputs=["a", "gate"]),
            Unit("dense_head", inputs=["scaled"], every_tick=True),
        ]
    )
    heights = {"stem": 32, "a": 8, "gate": 1, "scaled": 8, "dense_head": 8}
    assert clocks.periods(wiring, "halving", 64, heights) == {
        "stem": 1,
        "a": 4,
        "gate": 4,
        "scaled": 4,
        "dense_head": 1,
    }


def test_phases():
    subnetwork = {"stem": 0, "a": 1, "b": 5, "head": 5}
    periods = {"stem": 1, "a": 4, "b": 4, "head": 1}
    assert clocks.phases(CHAIN, periods, subnetwork) == {"stem": 0, "a": 1, "b": 1, "head": 0}
    assert clocks.phases(CHAIN, periods, subnetwork, "level") == clocks.phases(CHAIN, periods, subnetwork)
    assert clocks.phases(CHAIN, periods, subnetwork, "zero") == dict.fromkeys(CHAIN.names, 0)
    assert clocks.phases(CHAIN, periods, subnetwork, {"a": 3}) == {"stem": 0, "a": 3, "b": 1, "head": 0}


ONE = dict.fromkeys(CHAIN.names, 1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: clocks.periods(CHAIN, "third"), ["'third'", "'halving'"]),
        (lambda: clocks.periods(CHAIN, 2.5), ["2.5", "whole number", "'halving'"]),
        (lambda: clocks.periods(CHAIN, {"ghost": 2}), ["'ghost'", "stem"]),
        (lambda: clocks.periods(CHAIN, {"a": 0}), ["'a'", "0"]),
        (lambda: clocks.periods(CHAIN, {"a": 2.0}), ["'a'", "2.0"]),
        (lambda: clocks.periods(CHAIN, {"a": True}), ["'a'", "True"]),
        (lambda: clocks.periods(CHAIN, "halving"), ["halving", "height"]),
        (lambda: clocks.phases(CHAIN, ONE, ONE, {"ghost": 0}), ["'ghost'"]),
        (lambda: clocks.phases(CHAIN, ONE, ONE, {"a": -1}), ["'a'", "-1"]),
        (lambda: clocks.phases(CHAIN, ONE, ONE, "random"), ["'random'", "'staggered'", "'level'"]),
        (lambda: clocks.phases(CHAIN, ONE, ONE, 3), ["3", "'staggered'"]),
    ],
)
def test_wrong_clocks_are_refused(one_line_error, call, words):
    one_line_error(call, *words)
