"""Schedules against the slow simulation in `reference`, and the figures that are known from the papers."""

import math
import subprocess
import sys

import pytest
from cases import cases, chain, par_densenet, schedule, wiring
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import FRAME, first_valid, held, live, simulate

from mpvn.schedule.schedule import Read, Schedule, ScheduledUnit
from mpvn.schedule.wiring import Unit, Wiring


@given(cases(feedback=True))
def test_every_edge_has_its_delay(case):
    found = schedule(case)
    assert found.names == tuple(case.names)
    assert found.output == case.output
    assert found.hyper_period == case.hyper_period
    assert found.num_subnetworks == len(set(case.subnetwork.values()))
    assert found.has_feedback == any(edge.feedback for edges in case.edges.values() for edge in edges)
    for unit in found.units:
        assert unit.reads == tuple(Read(e.source, e.delay, e.tap, e.feedback) for e in case.edges[unit.name])
        assert [u.name for u in found.subnetwork_units(unit.subnetwork)] == [
            name for name in case.names if case.subnetwork[name] == unit.subnetwork
        ]


@given(cases(feedback=True), st.integers(0, 30))
def test_first_valid_ticks(case, start_tick):
    found, run = schedule(case), simulate(case, max(case.long, 20), start_tick)
    for name in case.names:
        first = first_valid(run[name])
        assert found.unit_valid_from(name, start_tick) == first
        num_frames = 20
        ticks = [e.tick for e in run[name] if e.tick < start_tick + num_frames]
        assert list(found.scheduled_ticks(name, num_frames, start_tick)) == ticks
        assert list(found.valid_ticks(name, num_frames, start_tick)) == [t for t in ticks if t >= first]
        assert [found.executes(name, tick) for tick in range(start_tick, start_tick + num_frames)] == [
            tick in ticks for tick in range(start_tick, start_tick + num_frames)
        ]
    assert found.valid_from == found.unit_valid_from(found.output)
    assert list(found.valid_ticks("frame", 5, start_tick)) == list(range(start_tick, start_tick + 5))


@given(cases(feedback=True))
def test_frames_and_information_latency(case):
    found, length = schedule(case), 2 * case.long
    run = simulate(case, length)
    steady = range(case.long, case.long + case.hyper_period)
    ages = []
    for tick in steady:
        for name in case.names:
            frames = held(run[name], tick).frames
            assert found.frame_span(name, tick) == (min(frames), max(frames))
        ages.append(tick - max(held(run[case.output], tick).frames))
    least, mean, largest = found.information_latency
    assert (least, largest) == (min(ages), max(ages))
    assert mean == pytest.approx(sum(ages) / len(ages))


@settings(max_examples=40)
@given(cases(feedback=True, max_units=5), st.integers(0, 25))
def test_scheduled_and_live_executions(case, num_frames):
    found, alive, run = schedule(case), live(case), simulate(case, max(num_frames, 1))
    assert found.live == alive
    for only_live in (False, True):
        expected = {
            name: sum(
                e.tick < num_frames and (not only_live or (name, e.tick % case.hyper_period) in alive)
                for e in run[name]
            )
            for name in case.names
        }
        assert found.executions(num_frames, live=only_live) == expected


@given(cases(), st.integers(0, 5))
def test_the_source_of_a_read_is_the_execution_that_the_simulation_reads(case, offset):
    found, run = schedule(case), simulate(case, 2 * case.long)
    for name in case.names:
        executions = [e for e in run[name] if e.tick >= case.long]
        execution = executions[offset % len(executions)]
        for read, source in zip(found[name].reads, execution.reads, strict=True):
            expected = source if isinstance(source, int) else source.tick
            assert found.source_tick(read, execution.tick) == expected


@given(cases(feedback=True), st.data())
def test_the_load_of_a_tick_is_the_cost_of_what_executes(case, data):
    costs = {name: data.draw(st.integers(0, 9)) for name in case.names}
    found, run = schedule(case), simulate(case, case.hyper_period)
    for given_costs, cost in ((costs, costs), (None, dict.fromkeys(costs, 1))):
        expected = [0] * case.hyper_period
        for name, executions in run.items():
            for execution in executions:
                expected[execution.tick] += cost[name]
        assert found.load_per_tick(given_costs) == tuple(expected)


def test_a_chain_delays_by_one_tick_per_subnetwork():
    found = schedule(chain(5), prediction_latency=2)
    assert found.valid_from == 4
    assert found.information_latency == (4, 4, 4)
    assert found.reach == 4
    assert schedule(chain(5), prediction_latency=7).reach == 7
    assert schedule(chain(1)).information_latency == (0, 0, 0)


@given(cases(feedback=True), st.integers(0, 9))
def test_masks_of_pseudo_gradients(case, latency):
    """Cotangents leave the loss at `reach` and go down every path against its delays; the shortest one counts."""
    found = schedule(case, latency)
    arrivals, paths = {}, [(case.output, max(found.valid_from, latency))]
    while paths:
        name, tick = paths.pop()
        if tick < arrivals.get(name, math.inf):
            arrivals[name] = tick
            forward = [e for e in case.edges[name] if not e.feedback and e.source != FRAME]
            paths += [(e.source, tick + e.delay) for e in forward]
    assert found.gamma_from == {name: max(tick, found.unit_valid_from(name)) for name, tick in arrivals.items()}


def test_masks_of_a_chain():
    found = schedule(chain(8))
    assert [found.gamma_from[f"u{i}"] for i in range(8)] == [2 * 7 - i for i in range(8)]
    assert [64 - found.gamma_from[name] for name in ("u0", "u7")] == [50, 57]


def test_fresh_skips_mix_frames_and_aligned_ones_do_not():
    case = chain(4)
    case.units["u3"] = (["u2", "u0"], [])
    for skips, span, latency in (("fresh", (7, 9), 1), ("aligned", (7, 7), 3)):
        mixed = type(case)(case.units, case.subnetwork, case.periods, case.phases, skips)
        assert schedule(mixed).frame_span("u3", 10) == span
        assert schedule(mixed).information_latency == (latency, latency, latency)


def test_aligned_frames_arrive_late():
    case = chain(3, "aligned")
    case.units["u2"] = (["u1", "frame"], [])
    found = schedule(type(case)(case.units, case.subnetwork, case.periods, case.phases, "aligned"))
    assert found["u2"].reads == (Read("u1", 1), Read("frame", 2))


def executions(case, num_frames, **kwargs):
    counts = schedule(case).executions(num_frames, **kwargs)
    return sum(count for name, count in counts.items() if "miniblock" in name)


def test_par_densenet_figures():
    assert executions(par_densenet(clocks=False), 16) == 416
    assert executions(par_densenet(), 16) == 86
    assert schedule(par_densenet(phases="zero")).valid_from == 96
    assert schedule(par_densenet()).valid_from == 13
    assert schedule(par_densenet(clocks=False)).information_latency == (4, 4, 4)
    assert schedule(par_densenet(clocks=False, dense=False)).information_latency == (13, 13, 13)
    assert schedule(par_densenet(1, clocks=False)).information_latency == (0, 0, 0)
    assert schedule(par_densenet()).hyper_period == 16


def test_in_a_chain_of_slow_units_only_one_frame_in_a_period_counts():
    case = par_densenet(dense=False)
    found = schedule(case)
    assert all(count == 1 for count in found.executions(16, live=True).values())
    assert found.executions(16)["stem"] == 16


def test_feedback_executions_are_alive_through_the_loop():
    units = [
        ScheduledUnit("a", 0, 1, 0, (Read("frame", 0), Read("a", 1, feedback=True))),
        ScheduledUnit("b", 0, 4, 0, (Read("a", 0),)),
    ]
    assert Schedule(units).executions(4, live=True) == {"a": 4, "b": 1}
    assert Schedule([ScheduledUnit("a", 0, 1, 0, (Read("frame", 0),)), units[1]]).executions(4, live=True)["a"] == 1


def test_equal_schedules_are_equal():
    assert schedule(chain(3)) == schedule(chain(3))
    assert hash(schedule(chain(3))) == hash(schedule(chain(3)))
    assert schedule(chain(3)) != schedule(chain(3), prediction_latency=1)
    assert schedule(chain(3)) != "schedule"


TWO = Wiring([Unit("a"), Unit("b", inputs=["a"], feedback=["b"])])
LOOP = Wiring([Unit("a", feedback=["b"]), Unit("b", inputs=["a"])])
HEAD = Wiring([Unit("a"), Unit("b", inputs=["a"], every_tick=True)])


def plan(net, cut=(0, 1), periods=(1, 1), phases=(0, 0), **kwargs):
    return Schedule.plan(net, *(dict(zip("ab", values, strict=True)) for values in (cut, periods, phases)), **kwargs)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plan(TWO, skips="late"), ["'late'", "'aligned'"]),
        (lambda: plan(LOOP, skips="aligned"), ["'a'", "'b'", "aligned", "feedback"]),
        (lambda: plan(TWO, periods=(2, 3)), ["'b'", "3", "'a'", "2", "multiple"]),
        (lambda: plan(TWO, periods=(2, 1)), ["'b'", "'a'", "multiple"]),
        (lambda: plan(TWO, periods=(2, 2), phases=(0, 2)), ["'b'", "2"]),
        (lambda: plan(TWO, cut=(0, 2)), ["'b'"]),
        (lambda: plan(TWO, cut=(1, 1)), ["'a'"]),
        (lambda: plan(TWO, cut=(1, 0)), ["'a'"]),
        (lambda: plan(TWO, prediction_latency=-1), ["-1"]),
        (lambda: plan(TWO, prediction_latency=0.5), ["0.5"]),
    ],
)
def test_wrong_schedules_are_refused(one_line_error, call, words):
    one_line_error(call, *words)


def test_what_is_allowed_beside_that():
    assert plan(LOOP, cut=(0, 0), skips="aligned")["a"].reads[1] == Read("b", 1, feedback=True)
    assert plan(TWO, skips="aligned")["b"].reads == (Read("a", 1), Read("b", 1, feedback=True))
    assert plan(LOOP, periods=(1, 4))["a"].reads[1].delay == 1
    assert plan(HEAD, periods=(4, 1)).hyper_period == 4


def test_wiring_of_a_case_is_the_case():
    case = par_densenet()
    assert [unit.name for unit in wiring(case).units] == case.names


def test_the_core_comes_without_tensorflow():
    code = (
        "import pkgutil, sys, mpvn, mpvn.schedule\n"
        "for module in pkgutil.iter_modules(mpvn.schedule.__path__, 'mpvn.schedule.'): __import__(module.name)\n"
        "mpvn.Schedule, mpvn.Unit, mpvn.InputError\n"
        "assert not {'tensorflow', 'keras', 'matplotlib'} & set(sys.modules), 'a heavy import'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
