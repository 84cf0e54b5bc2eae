"""A camera and workers, by hand."""

import pytest
from cases import chain, par_densenet, schedule

from mpvn.reproductions.paying.deployment import (
    bytes_of_worker,
    pipelined,
    seconds_per_tick,
    whole_frames,
    worker_of_subnetwork,
)


@pytest.mark.parametrize(
    ("seconds", "workers", "every", "late"),
    [(0.1, 1, 3, 2), (0.1, 2, 2, 2), (0.1, 4, 1, 2), (0.04, 1, 1, 1), (0.03, 1, 1, 0)],
)
def test_whole_frames(seconds, workers, every, late):
    deployed = whole_frames(25, seconds, workers)
    assert (deployed.every, deployed.late) == (every, late)
    # The output knows its frame after `seconds`, and is there until the next one.
    assert deployed.mean == pytest.approx(seconds + every / 50)
    assert deployed.worst == pytest.approx(seconds + every / 25)


def test_a_pipeline_is_as_old_as_its_subnetworks():
    plan = schedule(chain(4))
    deployed = pipelined(25, 0.02, plan)
    assert plan.information_latency == (3, 3.0, 3)
    assert (deployed.every, deployed.late) == (1, 3)
    assert deployed.mean == pytest.approx(0.02 + 3.5 / 25) and deployed.worst == pytest.approx(0.02 + 4 / 25)
    assert pipelined(25, 0.05, plan).every == 2 and pipelined(25, 0.05, plan).worst == pytest.approx(0.05 + 8 / 25)


def test_ticks_wait_for_the_slowest_worker():
    plan = schedule(chain(4))
    costs = dict(zip(plan.names, (1.0, 2.0, 3.0, 4.0), strict=True))
    assert [seconds_per_tick(plan, costs, workers) for workers in (1, 2, 4)] == [10.0, 6.0, 4.0]
    assert worker_of_subnetwork(plan, costs, 2) == [0, 0, 0, 1]
    clocked = schedule(par_densenet(1))
    ones = dict.fromkeys(clocked.names, 1.0)
    live = sum(clocked.executions(16, live=True).values())
    assert seconds_per_tick(clocked, ones, 1) == pytest.approx(live / 16)


def test_the_fullest_worker_counts():
    plan = schedule(chain(4))
    weights = dict(zip(plan.names, (1, 2, 3, 40), strict=True))
    outputs = dict.fromkeys(["frame", *plan.names], 100)
    # Three registers between four subnetworks, and the last output needs none.
    assert bytes_of_worker(plan, weights, outputs, [0, 0, 0, 1]) == 1 + 2 + 3 + 300
    assert bytes_of_worker(plan, weights, outputs, [0, 1, 2, 3]) == 103
