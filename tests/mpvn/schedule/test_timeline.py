"""Timelines against sums by hand, and against the predictor's steady state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpvn.devices.forecast import Costs, Predictor
from mpvn.results.timelines import draw
from mpvn.schedule import clocks
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.timeline import ticks_per_unit, timeline
from mpvn.schedule.wiring import Unit, Wiring


def chain(length, subnetworks=None, periods=None):
    names = [f"u{i}" for i in range(length)]
    wiring = Wiring([Unit(name, None, [names[i - 1] if i else "frame"]) for i, name in enumerate(names)])
    of = dict(zip(names, subnetworks or range(length), strict=True))
    each = clocks.periods(wiring, periods)
    return Schedule.plan(wiring, of, each, clocks.phases(wiring, each, of, "staggered"))


def test_a_pipeline_by_hand():
    bars = timeline(chain(2), {"u0": 1.0, "u1": 3.0}, num_ticks=3)
    assert [tuple(bar) for bar in bars] == [
        (0, 0, 0, 0.0, 1.0),
        (1, 1, 0, 0.0, 3.0),  # its register is empty: it waits for nobody
        (0, 0, 1, 1.0, 2.0),
        (1, 1, 1, 3.0, 6.0),
        (0, 0, 2, 2.0, 3.0),
        (1, 1, 2, 6.0, 9.0),
    ]
    # What is read must have been computed.
    bars = timeline(chain(2), {"u0": 3.0, "u1": 1.0}, num_ticks=3)
    assert [bar.begin for bar in bars if bar.subnetwork == 1] == [0.0, 3.0, 6.0]


def test_one_device_does_one_thing_at_a_time():
    bars = timeline(chain(3), {"u0": 1.0, "u1": 2.0, "u2": 4.0}, num_ticks=4, num_devices=1)
    assert bars[-1].end == 4 * 7 and all(one.end == other.begin for one, other in zip(bars, bars[1:], strict=False))


def test_slow_clocks_leave_room():
    schedule = chain(2, periods={"u1": 2})
    bars = timeline(schedule, {"u0": 1.0, "u1": 1.0}, num_ticks=4)
    assert [bar.tick for bar in bars if bar.subnetwork == 1] == list(schedule.scheduled_ticks("u1", 4))
    assert ticks_per_unit(schedule, {"u0": 1.0, "u1": 2.0}) == pytest.approx(1.0)


@given(st.lists(st.floats(0.5, 8), min_size=1, max_size=6), st.integers(1, 6))
def test_in_the_long_run_the_most_expensive_device_decides(costs, devices):
    schedule = chain(len(costs))
    names = dict(zip(schedule.names, costs, strict=True))
    rate = ticks_per_unit(schedule, names, devices)
    used = min(devices, len(costs))
    of = [0.0] * used
    for i, cost in enumerate(costs):
        of[i * used // len(costs)] += cost
    assert rate == pytest.approx(1 / max(of), rel=1e-6)
    zero = dict.fromkeys(names, 0.0)
    cut = {name: i * used // len(costs) for i, name in enumerate(names)}
    predicted = Predictor(schedule, Costs(names, zero, zero, 0.0)).forward(devices, cut)
    assert rate == pytest.approx(predicted.ticks_per_second, rel=1e-6)


def test_it_is_drawn(tmp_path, one_line_error):
    schedule = chain(3)
    bars = timeline(schedule, dict.fromkeys(schedule.names, 1.0), 5)
    draw(
        {"three": bars, "one": timeline(schedule, dict.fromkeys(schedule.names, 1.0), 5, 1)},
        tmp_path / "t.png",
        "ms",
        also=["svg"],
    )
    assert (tmp_path / "t.png").stat().st_size > 1000 and (tmp_path / "t.svg").exists()
    one_line_error(lambda: timeline(schedule, {"u0": 1.0}, 5), "u1")
    one_line_error(lambda: timeline(schedule, dict.fromkeys(schedule.names, 1.0), 5, 0), "num_devices=0")
