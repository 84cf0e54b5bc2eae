"""Periods of all units alike, and periods by height."""

import numpy as np
import pytest

from mpvn.schedule import clocks
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import Unit, Wiring

WIRING = Wiring(
    [
        Unit("stem"),
        Unit("a", inputs=["stem"]),
        Unit("gate", inputs=["a"]),
        Unit("b", inputs=["a", "gate"], feedback=["head"]),
        Unit("up", inputs=["b"]),
        Unit("head", inputs=["up", "stem"], every_tick=True),
    ]
)
HEIGHTS = {"stem": 16, "a": 16, "gate": None, "b": 8, "up": 16, "head": 16}


def test_a_whole_number_is_the_period_of_every_unit():
    assert clocks.periods(WIRING, 4) == dict.fromkeys(["frame", *WIRING.names], 4)
    assert clocks.periods(WIRING, np.int64(4)) == clocks.periods(WIRING, 4)
    assert clocks.periods(WIRING, 1) == dict.fromkeys(["frame", *WIRING.names], 1)


def test_of_the_frames_that_are_seen_a_tap_reads_the_one_before():
    wiring = Wiring([Unit("a", inputs=["frame", ("frame", 2)]), Unit("b", inputs=[("a", 1)])])
    subnetwork = dict.fromkeys(wiring.names, 0)
    for given, tap in ((3, 6), ({"a": 3}, 2)):
        periods = clocks.periods(wiring, given)
        plan = Schedule.plan(wiring, subnetwork, periods, clocks.phases(wiring, periods, subnetwork))
        assert [read.tap for unit in plan.units for read in unit.reads] == [0, tap, 1]


@pytest.mark.parametrize("skips", ["fresh", "aligned"])
def test_a_uniform_schedule_is_kept_and_costs_a_share(skips):
    wiring = Wiring([*WIRING.units[:3], Unit("b", inputs=["a", "gate"]), *WIRING.units[4:]])
    subnetwork = dict(zip(wiring.names, [0, 0, 1, 1, 2, 3], strict=True))
    plans = [
        Schedule.plan(wiring, subnetwork, periods, clocks.phases(wiring, periods, subnetwork), skips)
        for periods in (clocks.periods(wiring), clocks.periods(wiring, 3))
    ]
    assert [plan.hyper_period for plan in plans] == [1, 3]
    counts = [sum(plan.executions(12).values()) for plan in plans]
    assert counts[0] == 3 * counts[1] == sum(plans[0].executions(12, live=True).values())
    assert Schedule.from_rows(plans[1].to_rows()) == plans[1]


def test_periods_by_height():
    # What has no height takes the largest period of its inputs, and what enlarges again cannot tick faster.
    expected = {"stem": 1, "a": 1, "gate": 1, "b": 4, "up": 4, "head": 1}
    assert clocks.periods(WIRING, {16: 1, 8: 4}, heights=HEIGHTS) == expected
    assert clocks.periods(WIRING, {8: 4}, heights=HEIGHTS) == expected
    assert clocks.periods(WIRING, {16: 2}, heights=HEIGHTS) == dict.fromkeys(WIRING.names, 2) | {"head": 1}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (0, ["0", "at least 1"]),
        (True, ["True"]),
        (2.0, ["2.0", "whole number"]),
        ({7: 2}, ["7", "16, 8"]),
        ({8: 0}, ["height 8", "0"]),
        ({8: 2, "a": 2}, ["8", "stem"]),
        ({}, []),
    ],
)
def test_bad_periods_are_one_line(given, words, one_line_error):
    if given == {}:
        assert clocks.periods(WIRING, given, heights=HEIGHTS) == dict.fromkeys(WIRING.names, 1)
    else:
        one_line_error(lambda: clocks.periods(WIRING, given, heights=HEIGHTS), *words)
