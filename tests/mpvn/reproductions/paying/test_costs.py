"""Work per frame, by counts."""

import pytest

import mpvn
from mpvn.devices.costs import unit_costs
from mpvn.reproductions.paying.costs import work


def test_work_is_counted_over_the_hyper_period():
    net = mpvn.networks.simple_cnn(3, (32, 32, 3), width=0.1)
    whole = sum(unit_costs(net, "flops").values())
    plain, skipping, clocked = (work(net.parallel(clocks=clocks)) for clocks in (None, 4, "halving"))
    assert (plain.scheduled, plain.live, plain.peak) == (whole, whole, whole)
    assert skipping.scheduled == skipping.live == pytest.approx(whole / 4) and skipping.peak == whole
    # The last unit executes once in the hyper-period, and each unit before it matters only then.
    period = net.parallel(clocks="halving").schedule.hyper_period
    assert clocked.live == pytest.approx(whole / period) and clocked.scheduled > 2 * clocked.live
    assert clocked.peak == whole
    spread = work(net.parallel(boundaries=["conv3", "head"], clocks=3, skips="aligned"))
    assert spread.live == pytest.approx(whole / 3) and spread.peak < whole
