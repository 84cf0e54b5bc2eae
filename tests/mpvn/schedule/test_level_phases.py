"""Level phases: against all phases that are allowed, and run through the engines."""

import itertools
import math

import numpy as np
import pytest
from cases import cases, chain, par_densenet, schedule
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference import Case, first_valid, simulate
from tiny import assert_same, case_of, dense_network, layers_of, naive, video

import mpvn
from mpvn.benchmarks import phases as suite
from mpvn.benchmarks import streaming
from mpvn.benchmarks.support import measurements
from mpvn.devices.costs import unit_costs
from mpvn.results import tables
from mpvn.schedule import level_phases
from mpvn.schedule.schedule import Schedule, ScheduledUnit


def with_phases(case, phases):
    return Case(case.units, case.subnetwork, case.periods, phases, case.skips, case.every_tick)


def dearest(case, costs):
    """By counting: what the dearest tick of the hyper-period costs."""
    return max(
        sum(costs[name] for name in case.names if tick % case.periods[name] == case.phases[name])
        for tick in range(case.hyper_period)
    )


def fixed(case, rule):
    return with_phases(case, {n: rule(case.subnetwork[n]) % case.periods[n] for n in case.names})


def congruent(case, phases):
    """Inside a subnetwork, phases agree modulo the greatest common divisor of every two periods."""
    return all(
        (phases[a] - phases[b]) % math.gcd(case.periods[a], case.periods[b]) == 0
        for a, b in itertools.combinations(case.names, 2)
        if case.subnetwork[a] == case.subnetwork[b]
    )


def drawn_costs(data, case):
    return {name: data.draw(st.integers(0, 9)) for name in case.names}


def leveled(case, costs):
    """The case with level phases, after checking that nothing else has changed."""
    before = schedule(case, prediction_latency=3)
    found = level_phases.level(before, costs)
    phases = {unit.name: unit.phase for unit in found.units}
    assert found == schedule(with_phases(case, phases), prediction_latency=3)
    return with_phases(case, phases)


@given(cases(feedback=True), st.data())
def test_a_value_flows_through_a_subnetwork_within_a_tick(case, data):
    found = leveled(case, drawn_costs(data, case))
    assert congruent(case, found.phases)
    for name in case.names:
        for edge in case.edges[name]:
            inside = edge.source in case.names and case.subnetwork[edge.source] == case.subnetwork[name]
            if inside and not edge.feedback and name not in case.every_tick:
                assert found.phases[name] % case.periods[edge.source] == found.phases[edge.source]


@pytest.mark.parametrize("effort", [level_phases.EFFORT, 0, 200])
@given(case=cases(feedback=True, max_units=9), data=st.data())
def test_never_worse_than_other_phases(effort, case, data):
    costs = drawn_costs(data, case)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(level_phases, "EFFORT", effort)
        found = leveled(case, costs)
    assert congruent(case, found.phases)
    for rule in (lambda subnetwork: 0, lambda subnetwork: subnetwork):
        assert dearest(found, costs) <= dearest(fixed(case, rule), costs)


def check_best(case, costs):
    """Level phases are the cheapest of all that are allowed, and of those the earliest."""
    every = [dict(zip(case.names, p, strict=True)) for p in itertools.product(*map(range, case.periods.values()))]
    allowed = [with_phases(case, phases) for phases in every if congruent(case, phases)]
    least = min(dearest(other, costs) for other in allowed)
    found = leveled(case, costs)
    assert dearest(found, costs) == least

    def first_output(case):
        return first_valid(simulate(case, case.long)[case.output])

    assert first_output(found) == min(first_output(other) for other in allowed if dearest(other, costs) == least)


@settings(max_examples=60)
@given(cases(max_units=5), st.data())
def test_the_best_of_all_phases_that_are_allowed(case, data):
    assume(2 < math.prod(case.periods.values()) <= 300)
    check_best(case, drawn_costs(data, case))


@pytest.mark.parametrize(
    ("periods", "costs"),
    [
        ([2, 4, 4, 4, 4], [4, 5, 7, 7, 8]),
        ([2, 2, 2, 4, 4, 4], [3, 2, 3, 3, 5, 5]),
        ([1, 2, 2, 4, 4, 4], [3, 1, 5, 3, 2, 3]),
    ],
)
def test_chains_where_the_first_choice_is_not_the_earliest(periods, costs):
    case = chain(len(periods))
    case = Case(case.units, case.subnetwork, dict(zip(case.names, periods, strict=True)), case.phases)
    check_best(case, dict(zip(case.names, costs, strict=True)))


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 6]), st.floats(0, 1e3)), min_size=1, max_size=4))
def test_costs_in_seconds_and_many_clocks(units):
    """Every unit a subnetwork of its own, periods in any order."""
    found = level_phases.level(
        Schedule([ScheduledUnit(f"u{i}", i, period, 0, ()) for i, (period, _) in enumerate(units)]),
        {f"u{i}": cost for i, (_, cost) in enumerate(units)},
    )
    load = found.load_per_tick({f"u{i}": cost for i, (_, cost) in enumerate(units)})
    periods, costs = zip(*units, strict=True)
    least = min(
        max(
            sum(cost for cost, period, phase in zip(costs, periods, phases, strict=True) if tick % period == phase)
            for tick in range(math.lcm(*periods))
        )
        for phases in itertools.product(*map(range, periods))
    )
    assert max(load) == pytest.approx(least, rel=1e-12)


def test_improvement_where_no_search_is_made(monkeypatch):
    """Two dear units whose staggered phases meet: moving one of them is enough."""
    monkeypatch.setattr(level_phases, "EFFORT", 0)
    units = [ScheduledUnit(f"u{i}", i, 2, i % 2, ()) for i in range(4)]
    costs = {"u0": 5, "u1": 1, "u2": 5, "u3": 1}
    assert Schedule(units).load_per_tick(costs) == (10, 2)
    assert level_phases.level(Schedule(units), costs).load_per_tick(costs) == (6, 6)
    # No single move helps here, but changing places does: 7 + 2 beside 5 + 4 instead of 7 + 4 beside 5 + 2.
    costs = {"u0": 7, "u1": 5, "u2": 4, "u3": 2}
    assert Schedule(units).load_per_tick(costs) == (11, 7)
    assert sorted(level_phases.level(Schedule(units), costs).load_per_tick(costs)) == [9, 9]


def test_units_that_cost_nothing_are_staggered():
    case = par_densenet()
    found = level_phases.level(schedule(case), dict.fromkeys(case.names, 0))
    assert found.valid_from == schedule(case).valid_from == 13


def flops(size=112, growth=32):
    """Operations per execution of Par-DenseNet's convolutions at full width, counted on paper."""
    side, channels = size // 2, 2 * growth
    costs, side = {"stem": 2 * side**2 * 49 * 3 * channels}, side // 2
    for block, miniblocks in enumerate((4, 8, 8, 6), start=1):
        if block > 1:
            costs[f"transition{block - 1}"] = 2 * side**2 * channels * (channels // 2)
            side, channels = -(-side // 2), channels // 2
        for miniblock in range(1, miniblocks + 1):
            inner = 4 * growth
            costs[f"block{block}_miniblock{miniblock}"] = 2 * side**2 * inner * (channels + 9 * growth)
            channels += growth
    return costs | {"head": 0}


def test_par_densenet_at_112_pixels():
    case, costs = par_densenet(), flops()
    found = {rule: schedule(par_densenet(phases=rule)) for rule in ("zero", "staggered")}
    found["level"] = level_phases.level(found["zero"], costs)
    assert found["level"] == level_phases.level(found["staggered"], costs)
    load = {rule: found[rule].load_per_tick(costs) for rule in found}
    mean = sum(costs[name] / case.periods[name] for name in case.names)
    assert all(sum(ticks) / 16 == pytest.approx(mean) for ticks in load.values())
    assert max(load["zero"]) == sum(costs.values())
    assert max(load["level"]) < 0.45 * max(load["zero"])
    assert max(load["level"]) < max(load["staggered"])
    assert max(load["level"]) < 1.02 * mean
    assert [found[rule].valid_from for rule in ("zero", "level", "staggered")] == [96, 29, 13]
    assert found["zero"].information_latency[1] > found["level"].information_latency[1]


def test_rows_of_the_suite_are_what_the_schedules_say(monkeypatch):
    monkeypatch.setattr(
        "mpvn.devices.costs.unit_costs", lambda network, measure: flops() if measure == "flops" else None
    )
    table = suite.run(["par_densenet"], [64], 0.07)
    rows = {row["phases"]: row for row in table}
    assert list(rows) == ["zero", "staggered", "level"]
    zero, level = schedule(par_densenet(phases="zero")), level_phases.level(schedule(par_densenet()), flops())
    dearest = [max(s.load_per_tick(flops())) for s in (zero, level)]
    mean = sum(zero.load_per_tick(flops())) / 16
    assert rows["level"]["most expensive to mean"] == dearest[1] / mean
    assert list(tables.texts(table)[2].values()) == [
        "par_densenet", "64", "14", "level", f"{mean / 1e6:.1f}", f"{dearest[1] / 1e6:.1f}", f"{dearest[1] / mean:.2f}",
        f"{dearest[1] / dearest[0]:.2f}", "29", "{} / {:.1f} / {}".format(*level.information_latency),
    ]  # fmt: skip
    assert rows["zero"]["most expensive to zero phases"] == 1 and rows["zero"]["first valid tick"] == 96


def test_the_worst_tick_of_a_stream_is_measured(monkeypatch):
    """It is that of the row's best threads; chunks have none."""

    def measured(kind, intra, inter, clocks, phases, chunk, **settings):
        assert phases == "level"
        mean = 0.01 * (2 if inter == 1 else 1)
        return {"seconds_per_frame": [mean]} | ({"seconds_per_tick": [mean / 2, mean * 3]} if chunk == 1 else {})

    monkeypatch.setattr(streaming, "measure", measured)
    rows = streaming.run(["par_densenet"], [64], threads=((1, 1), (1, 2)), phases="level")
    assert [(row["clocks"], row["phases"]) for row in rows[1:3]] == [("none", "none"), ("halving", "level")]
    for row in rows:
        assert (row["mean tick, ms"], row["worst tick, ms"]) == (pytest.approx(10), pytest.approx(30))


def test_a_stream_has_a_time_for_every_tick_of_the_hyper_period():
    settings = {"network": "simple_cnn", "size": 16, "width": 0.05, "num_subnetworks": 6, "clocks": "halving"}
    period = mpvn.networks.simple_cnn(200, (16, 16, 3), width=0.05).parallel(6, clocks="halving").schedule.hyper_period
    found = measurements.streaming(**settings, phases="level", chunk=1, num_frames=4, repeats=1)
    assert len(found["seconds_per_tick"]) == period > 1 and min(found["seconds_per_tick"]) > 0
    assert "seconds_per_tick" not in measurements.streaming(**settings, phases="zero", chunk=4, num_frames=4, repeats=1)


@pytest.mark.parametrize(
    ("costs", "words"), [({"a": 1}, ["'b'"]), ({"a": 1, "b": -2}, ["'b'", "-2"]), ({"a": 1, "b": math.inf}, ["inf"])]
)
def test_wrong_costs_are_refused(one_line_error, costs, words):
    given = Schedule([ScheduledUnit("a", 0, 1, 0, ()), ScheduledUnit("b", 0, 2, 0, ())])
    one_line_error(lambda: level_phases.level(given, costs), *words)
    one_line_error(lambda: given.load_per_tick(costs), *words)


CLOCKS = {"b": 2, "c": 2, "d": 4}
COSTS = {"a": 1, "b": 5, "c": 4, "d": 3, "head": 3}


@pytest.fixture(scope="module")
def networks():
    """The same weights with three kinds of phases, all different."""
    net = dense_network()
    found = {p: net.parallel(5, clocks=CLOCKS, phases=p, costs=COSTS) for p in ("zero", "staggered", "level")}
    assert len({network.schedule for network in found.values()}) == 3
    return found


@pytest.mark.parametrize("engine", ["folded", "ticked"])
@pytest.mark.parametrize("start_tick", [0, 3])
def test_outputs_are_those_of_the_reference(networks, engine, start_tick):
    fast, clip = networks["level"], video(24)
    assert max(fast.schedule.load_per_tick(COSTS)) == 8
    first, expected = naive(case_of(fast), layers_of(fast), clip, start_tick)
    assert_same(fast.run(clip, engine, start_tick)[:, first:], expected)


def test_a_stream_gives_the_same(networks):
    fast, clip = networks["level"], video(16)
    stream, first = mpvn.Stream(fast, batch_size=2), fast.schedule.valid_from
    outputs = np.stack([stream.step(clip[:, tick]) for tick in range(16)], 1)
    assert_same(outputs[:, first:], fast.run(clip)[:, first:])


@pytest.mark.parametrize("engine", ["folded", "ticked"])
def test_on_a_static_clip_phases_make_no_difference(networks, engine):
    clip = np.repeat(video(1), 20, 1)
    first = {phases: network.schedule.valid_from for phases, network in networks.items()}
    outputs = {phases: network.run(clip, engine).numpy() for phases, network in networks.items()}
    still = outputs["level"][:, first["level"] :]
    assert np.abs(still).max() > 1e-2 and max(first.values()) < 20
    for phases in ("zero", "staggered"):
        begin = max(first[phases], first["level"])
        np.testing.assert_allclose(outputs["level"][:, begin:], outputs[phases][:, begin:], rtol=1e-10)
    # On a clip that moves they do differ.
    moving = {phases: network.run(video(20), engine).numpy()[:, -4:] for phases, network in networks.items()}
    assert np.abs(moving["level"] - moving["staggered"]).max() > 1e-3


def test_costs_are_operations_unless_others_are_named(networks):
    base = networks["zero"]
    flops = unit_costs(base, "flops")

    def phases(**kwargs):
        schedule = base.parallel(5, clocks={"a": 2}, phases="level", **kwargs).schedule
        return [unit.phase for unit in schedule.units]

    assert phases() == phases(costs="flops") == phases(costs=flops)
    by_hand = phases(costs={"a": 9, "b": 0, "c": 9, "d": 0, "head": 0})
    assert by_hand != phases() and by_hand[0] != by_hand[2]
    assert base.parallel(5, phases="level").schedule == base.parallel(5).schedule
