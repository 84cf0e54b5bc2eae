"""Balance by what units cost on the devices that they would run on."""

import json

import numpy as np
import pytest
from four_devices import FOUR
from hypothesis import given
from hypothesis import strategies as st

import mpvn
from mpvn.devices import balance, placement
from mpvn.errors import InputError
from mpvn.schedule import cuts as cutting
from mpvn.schedule.schedule import Read, Schedule, ScheduledUnit

DEVICES = FOUR[:2]


@pytest.fixture(scope="module")
def network():
    return mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1).parallel(2, clocks={"conv3": 2})


def chain(periods):
    units = [
        ScheduledUnit(f"u{i}", 0, period, 0, (Read(f"u{i - 1}" if i else "frame", 0),))
        for i, period in enumerate(periods)
    ]
    return Schedule(units)


@given(st.lists(st.lists(st.integers(0, 9), min_size=5, max_size=5), min_size=1, max_size=4))
def test_the_cut_is_the_best_of_all(costs):
    """Devices that differ: against all cuts."""
    import itertools

    names = [f"u{i}" for i in range(5)]
    each = [dict(zip(names, row, strict=True)) for row in costs]

    def dearest(starts):
        edges = [0, *starts, 5]
        return max(sum(each[i][n] for n in names[a:b]) for i, (a, b) in enumerate(itertools.pairwise(edges)))

    cut = cutting.balanced(names, len(each), each)
    starts = [i for i in range(1, 5) if cut[i] != cut[i - 1]]
    assert len(starts) == len(each) - 1
    assert dearest(starts) == min(map(dearest, itertools.combinations(range(1, 5), len(each) - 1)))


def test_a_slow_device_gets_less():
    schedule = chain([1, 1, 1, 1])
    fast = dict.fromkeys(schedule.names, 1.0)
    slow = dict.fromkeys(schedule.names, 3.0)
    assert balance.boundaries(schedule, {"a": fast, "b": slow}) == ["u3"]
    assert balance.boundaries(schedule, {"a": slow, "b": fast}) == ["u1"]
    # What runs at every third tick costs a third.
    assert balance.boundaries(chain([1, 3, 3, 3]), {"a": fast, "b": fast}) == ["u1"]
    text = balance.table((schedule, ["a"]), (chain([1, 1, 1, 1]), ["b"]), {"a": fast, "b": slow})
    assert "4000.000 ms per tick before, 12000.000 ms after (0.33 times" in text


def test_costs_are_measured_once(network, tmp_path):
    cache = tmp_path / "costs.json"
    devices = placement.resolved(DEVICES)
    found = balance.measured(network, devices, 2, True, cache)
    assert list(found) == devices and all(set(one) == set(network.wiring.names) for one in found.values())
    assert all(cost > 0 for one in found.values() for cost in one.values())
    assert balance.measured(network, devices, 2, True, cache) == found == json.loads(cache.read_text())["seconds"]
    assert balance.measured(network, devices, 1, True, cache) != found  # for another batch they are others
    forward = balance.measured(network, devices[:1], 8, False)[devices[0]]
    both = balance.measured(network, devices[:1], 8, True)[devices[0]]
    assert sum(forward.values()) < sum(both.values())


def test_training_is_balanced_and_resumes_with_the_same_cut(tmp_path, capsys):
    from mpvn.data import sources
    from mpvn.runs.placement import Placement
    from mpvn.runs.training import train

    def data():
        return sources.walkers(
            num_frames=12, size=16, num_train=12, num_validation=0, num_test=0, data_dir=str(tmp_path / "data")
        )

    def net(input_shape, num_classes, num_subnetworks=6, cut=None, boundaries=None):
        base = mpvn.networks.simple_cnn(num_classes, input_shape, width=0.1)
        return base.parallel(num_subnetworks, cut=cut, boundaries=boundaries)

    shared = dict(data=data, network=net, report_every=1, batch_size=2, validation_clips=0)
    balanced = Placement(devices=DEVICES, balance=True)
    with pytest.raises(InputError, match="placement.devices"):
        train(str(tmp_path / "run"), steps=1, placement=Placement(balance=True), **shared)
    first = train(str(tmp_path / "run"), steps=1, placement=balanced, **shared)
    assert first.schedule.num_subnetworks == 2 and first.devices == tuple(placement.resolved(DEVICES))
    assert "the most expensive device" in capsys.readouterr().out
    again = train(str(tmp_path / "run"), steps=2, placement=balanced, **shared)
    assert "resuming" in capsys.readouterr().out
    assert again.schedule == first.schedule
    assert np.isfinite(again.run(np.zeros((1, 12, 16, 16, 3), "float32"))).all()
