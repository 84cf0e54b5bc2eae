"""Dead work: its share, by executions and by cost, and the line that warns of it."""

import pytest
from cases import chain, par_densenet, schedule

import mpvn
from mpvn.schedule.dead_work import dead_share, warning


@pytest.fixture(scope="module")
def densenet():
    return mpvn.networks.par_densenet(num_classes=2, input_shape=(112, 112, 3), width=0.1)


@pytest.mark.parametrize(("count", "skips", "live"), [(1, "fresh", 31), (14, "aligned", 31), (14, "fresh", 33)])
def test_of_par_densenet_with_halving_clocks_most_is_dead(densenet, count, skips, live):
    plan = densenet.parallel(count, clocks="halving", skips=skips).schedule
    assert sum(plan.executions(16).values()) == 110 and sum(plan.executions(16, live=True).values()) == live
    assert dead_share(plan) == pytest.approx((110 - live) / 110)
    line = warning(plan)
    assert line.startswith(f"{100 * (110 - live) / 110:.0f}% of the scheduled executions are dead")
    for remedy in ("executions='live'", "clocks=k", "with_temporal_shift", "docs/when_it_pays.md"):
        assert remedy in line
    assert "\n" not in line and plan.table().splitlines()[-1] == line


def test_by_cost_the_stem_counts_for_more(densenet):
    plan = densenet.parallel(1, clocks="halving").schedule
    # In 16 ticks the stem executes 16 times, of which one counts; of the 94 other executions, 30 do.
    assert dead_share(plan, dict.fromkeys(plan.names, 1) | {"stem": 10}) == pytest.approx(1 - 40 / 254)
    free = dict.fromkeys(plan.names, 0)
    assert dead_share(plan, free) == 0 and warning(plan, free) is None
    costs = free | {"stem": 3}
    assert dead_share(plan, costs) == 15 / 16
    assert plan.table(costs).splitlines()[-1].startswith("94% of the scheduled cost is dead")


def test_nothing_is_said_where_at_most_half_is_dead(densenet):
    quiet = [densenet.parallel(7), densenet.parallel(1, clocks=16), densenet.parallel(1)]
    for plan in [net.schedule for net in quiet] + [schedule(par_densenet(clocks=False))]:
        assert dead_share(plan) == 0 and warning(plan) is None
        assert "dead" not in plan.table()
    half = chain(2)
    half = type(half)(half.units, half.subnetwork, {"u0": 1, "u1": 2}, {"u0": 0, "u1": 1})
    # Every second execution of the first unit is dead: one of three, and half of the cost where only that one costs.
    assert dead_share(schedule(half)) == pytest.approx(1 / 3)
    assert dead_share(schedule(half), {"u0": 1, "u1": 0}) == 0.5 and warning(schedule(half), {"u0": 1, "u1": 0}) is None


def test_a_shift_reads_what_was_dead(densenet):
    shifted = mpvn.with_temporal_shift(densenet.parallel(1)).parallel(1, clocks="halving").schedule
    assert sum(shifted.executions(16).values()) == 110
    assert dead_share(shifted) == 0 and warning(shifted) is None


def test_costs_that_are_missing_are_refused(densenet, one_line_error):
    one_line_error(lambda: dead_share(densenet.schedule, {"stem": 1}), "cost of unit")
