"""Predictions against sums by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpvn.devices.forecast import Costs, Link, Overheads, Predictor
from mpvn.schedule.schedule import Read, Schedule, ScheduledUnit


def chain(num_units, skips=()):
    units = []
    for i in range(num_units):
        reads = [Read("frame" if i == 0 else f"u{i - 1}", 0)] + [Read(f"u{s}", 0) for s, r in skips if r == i]
        units.append(ScheduledUnit(f"u{i}", 0, 1, 0, tuple(reads)))
    return Schedule(units)


def costs(forward, backward=None, size=0, weights=0):
    names = [f"u{i}" for i in range(len(forward))]
    backward = backward or [2 * f for f in forward]
    return Costs(
        dict(zip(names, forward, strict=True)),
        dict(zip(names, backward, strict=True)),
        dict.fromkeys(names, size),
        weights,
    )


def test_without_messages_the_dearest_subnetwork_counts():
    predictor = Predictor(chain(4), costs([1, 2, 3, 2]))
    assert predictor.forward(1).ticks_per_second == 1 / 8
    assert predictor.forward(4).ticks_per_second == 1 / 3
    assert predictor.forward(4).utilisation == pytest.approx(8 / 12)
    assert predictor.sideways(2).ticks_per_second == 1 / (3 * 5)
    assert predictor.sideways(2).bottleneck in ("u0 .. u1", "u2 .. u3")
    assert predictor.blocking(4).ticks_per_second == 1 / 24
    assert predictor.blocking(4).utilisation == pytest.approx(1 / 4)
    assert predictor.data_parallel(4).ticks_per_second == 4 / 24


def test_bubbles():
    predictor = Predictor(chain(4), costs([1, 1, 1, 1]))
    assert predictor.gpipe(4, 8).ticks_per_second == pytest.approx(8 / (11 * 3))
    assert predictor.gpipe(4, 8).utilisation == pytest.approx(8 / 11)
    assert predictor.one_forward_one_backward(4, 8).ticks_per_second == pytest.approx(8 / (11 * 3))
    assert "27%" in predictor.gpipe(4, 8).bottleneck
    # With the dearest forward and the dearest backward on different devices, doing both at once is faster.
    uneven = Predictor(chain(2), costs([3, 1], [1, 3]))
    assert uneven.gpipe(2, 4).ticks_per_second == pytest.approx(4 / (2 * (4 + 3 * 3)))
    assert uneven.one_forward_one_backward(2, 4).ticks_per_second == pytest.approx(4 / (5 * 4))


def test_messages():
    link = Link(latency=0.5, bandwidth=100)
    predictor = Predictor(chain(3, skips=[(0, 2)]), costs([1, 1, 1], size=50, weights=300), link)
    # u0 is read by two other devices: two messages of 0.5 + 0.5 seconds, and as many cotangents come back.
    assert predictor.forward(3).ticks_per_second == 1 / (1 + 2)
    assert predictor.sideways(3).ticks_per_second == 1 / (3 + 4)
    assert predictor.sideways(3).bottleneck == "messages of u0"
    # Together on one device, u1 and u2 get it once.
    assert predictor.forward(2).ticks_per_second in (1 / 2, 1 / 4)
    assert predictor.data_parallel(3).ticks_per_second == pytest.approx(3 / (9 + 4 * (0.5 + 100 / 100)))


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=12), st.integers(1, 16), st.integers(1, 32))
def test_what_always_holds(forward, devices, micro_batches):
    predictor = Predictor(chain(len(forward)), costs(forward))
    sideways, blocking = predictor.sideways(devices), predictor.blocking(devices)
    piped = predictor.gpipe(devices, micro_batches)
    assert blocking.ticks_per_second <= piped.ticks_per_second * (1 + 1e-9)
    assert piped.ticks_per_second <= sideways.ticks_per_second * (1 + 1e-9)
    assert predictor.forward(devices).ticks_per_second >= sideways.ticks_per_second
    more = predictor.sideways(devices + 1)
    assert more.ticks_per_second >= sideways.ticks_per_second * (1 - 1e-9)
    for found in (sideways, blocking, piped, predictor.data_parallel(devices)):
        assert 0 < found.utilisation <= 1 + 1e-9


def test_a_table_has_a_row_per_number_of_devices():
    rows = Predictor(chain(4), costs([1, 2, 3, 2])).table(range(1, 65), micro_batches=16)
    assert [row["devices"] for row in rows] == list(range(1, 65))
    assert rows[0]["Sideways"] == rows[0]["blocking"] == rows[0]["data parallel"]
    assert rows[63]["Sideways"] == rows[3]["Sideways"]  # no more devices than units are of use


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: Link(bandwidth=0), ["bandwidth 0"]),
        (lambda: Predictor(chain(2), costs([1])), ["'u1'"]),
        (lambda: Predictor(chain(2), costs([1, 1])).forward(0), ["0 devices"]),
        (lambda: Predictor(chain(2), costs([1, 1])).gpipe(2, 0), ["0 micro-batches"]),
    ],
)
def test_bad_input_is_one_line(act, words, one_line_error):
    one_line_error(act, *words)


def test_overheads_take_the_place_of_messages():
    overheads = Overheads(training=(0.5, 2.0), inference=(0.25,))
    given = costs([1, 2, 3, 2], size=50)
    given = replace(given, adding=dict.fromkeys(given.forward, 1.0))
    predictor = Predictor(chain(4), given, Link(latency=100), overheads)
    assert predictor.forward(1).ticks_per_second == 1 / (8 + 0.25)
    assert predictor.forward(4).ticks_per_second == 1 / (3 + 0.25)
    assert predictor.sideways(1).ticks_per_second == 1 / (3 * 8 + 4 + 0.5)
    assert predictor.sideways(4).ticks_per_second == 1 / (3 * 3 + 1 + 2.0)
    one_unit = {"u0": 0, "u1": 1, "u2": 1, "u3": 1}
    assert predictor.sideways(2, one_unit).ticks_per_second == 1 / (3 * 7 + 3 + 2.0)
    assert predictor.sideways(2).ticks_per_second > predictor.sideways(2, one_unit).ticks_per_second


def test_medians_of_several_measurements():
    measured = ((2.0, 9.0), (1.0, 7.0), (5.0, 6.0))  # seconds forward of a, seconds of adding of b
    each = [
        Costs({"a": forward, "b": 1.0}, {"a": 2.0, "b": 1.0}, {"a": 8, "b": 8}, 4, {"a": 0.5, "b": adding})
        for forward, adding in measured
    ]
    assert Costs.medians(each) == replace(each[0], forward={"a": 2.0, "b": 1.0}, adding={"a": 0.5, "b": 7.0})
    assert Costs.medians(each[:1]) == each[0]
