"""The demo compares its network with skipping frames at a like rate, and its last line says which is better."""

import gin
import pytest
from commands import good

from mpvn.demo import _as_fast, _verdict, _Way
from mpvn.runs.evaluation import Result

SMALL = [
    "walkers.num_frames = 14",
    "walkers.size = 32",
    "walkers.num_train = 24",
    "walkers.num_validation = 0",
    "walkers.num_test = 12",
    "train.batch_size = 4",
    "train.steps = 2",
    "train.report_every = 2",
    "train.validation_clips = 0",
    "network.base = @simple_cnn",
    "network.num_subnetworks = 6",
    "simple_cnn.width = 0.1",
]


def by_frames(network, seconds):
    """A rate that skipping multiplies; the parallel network reaches 2.5 times that of the sequential one."""
    clocks = {unit.period for unit in network.schedule.units}
    return 250.0 if network.schedule.num_subnetworks > 1 else 100.0 * min(clocks)


def test_the_whole_demo(tmp_path, monkeypatch):
    monkeypatch.setattr("mpvn.advice.rates.step_rate", by_frames)
    out = good("mpvn.demo", f"--model_dir={tmp_path / 'demo'}", *(f"--gin_param={param}" for param in SMALL))
    gin.clear_config()
    *before, last = out.splitlines()
    (row,) = [line for line in before if "every 3rd" in line and "300" in line]
    assert "0 to 2" in row and not any("every 2nd" in line or "every 4th" in line for line in before)
    assert last.startswith("better at a similar rate (250 and 300 frames/s): ") and "docs/when_it_pays.md" in last
    assert "on 6 test clips" in last  # those of appearance classes
    assert any("% of the scheduled cost is dead" in line for line in before)


@pytest.fixture(scope="module")
def network():
    import mpvn

    return mpvn.networks.simple_cnn(2, (32, 32, 3), width=0.05).parallel(3, clocks="halving")


@pytest.mark.parametrize(("rate", "expected"), [(90, 1), (100, 1), (101, 2), (250, 3), (1e6, 4)])
def test_the_smallest_skipping_that_is_as_fast(rate, expected, network, monkeypatch):
    monkeypatch.setattr("mpvn.advice.rates.step_rate", by_frames)
    assert network.schedule.hyper_period == 4
    sequential = network.parallel(1)
    way = _as_fast(_Way("parallel", network, rate), _Way("sequential", sequential, 100.0))
    assert way.rate == 100 * expected
    assert {unit.period for unit in way.network.schedule.units} == {expected}


@pytest.mark.parametrize(
    ("shares", "rates", "words"),
    [
        (
            (0.85, 0.875),
            (90, 100),
            "better at a similar rate (90 and 100 frames/s): skipping, by 2.5 points of accuracy on 240 test clips",
        ),
        ((0.9, 0.875), (90, 100), "better at a similar rate (90 and 100 frames/s): parallel, by 2.5 points"),
        ((0.5, 0.5), (90, 100), "better at a similar rate (90 and 100 frames/s): neither, with equal accuracy on 240"),
        (
            (0.9, 0.5),
            (110, 100),
            "better although no frame skipping was as fast (110 and 100 frames/s): parallel, by 40.0 points",
        ),
    ],
)
def test_the_verdict(shares, rates, words):
    ways = [_Way(name, None, rate) for name, rate in zip(("parallel", "skipping"), rates, strict=True)]
    results = {way.name: Result({"accuracy": share}, {}, 240, 6) for way, share in zip(ways, shares, strict=True)}
    said = _verdict(*ways, results)
    assert said.startswith(words) and said.endswith("docs/when_it_pays.md")
