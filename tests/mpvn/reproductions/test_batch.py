"""Runs of reproductions: their folders, and those that diverge."""

import math
import time

import pytest

from mpvn.errors import InputError
from mpvn.reproductions.batch import Run, run_all

TINY = (
    "walkers.num_frames=14",
    "walkers.size=32",
    "walkers.num_train=8",
    "walkers.num_validation=0",
    "walkers.num_test=0",
    "simple_cnn.width=0.1",
    "train.batch_size=2",
    "train.steps=4",
    "train.report_every=1",
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    shared = (*TINY, f'walkers.data_dir="{tmp_path_factory.mktemp("data")}"')
    return [
        Run("good", "mpvn/simple_cnn_walkers.gin", (*shared, "train.learning_rate=1e-3")),
        Run("wild", "mpvn/simple_cnn_walkers.gin", (*shared, "train.learning_rate=1e30")),
    ]


def test_a_run_that_diverges_is_a_result(runs, tmp_path):
    outcomes = run_all(runs, tmp_path, test=False)
    good, wild = outcomes["good"], outcomes["wild"]
    assert good.diverged_at is None and [step for step, _ in good.curve("loss")] == [1, 2, 3, 4]
    assert good.at_end("loss", ".3f") == f"{good.metrics[-1]['loss']:.3f}"
    assert 2 <= wild.diverged_at <= 4
    assert wild.at_end("loss", ".3f") == f"diverged at step {wild.diverged_at}"
    assert all(math.isfinite(loss) for _, loss in wild.curve("loss"))
    # What is finished is read, not run again.
    again = run_all(runs, tmp_path, test=False)
    assert again == outcomes
    # A folder is not taken for a run with other settings.
    other = Run("good", "mpvn/simple_cnn_walkers.gin", (*runs[0].params, "train.seed=1"))
    with pytest.raises(InputError, match="other settings"):
        run_all([other], tmp_path, test=False)


def test_the_first_run_of_each_data_set_goes_alone(monkeypatch, tmp_path):
    """So that no two processes make the same data at once."""
    under_way, alone = set(), {}

    def do(run, folder, test):
        under_way.add(run.name)
        time.sleep(0.05)
        alone[run.name] = under_way == {run.name}
        time.sleep(0.05)
        under_way.discard(run.name)
        return run.name

    monkeypatch.setattr("mpvn.reproductions.batch._do", do)
    many = [Run(f"{data}{i}", "", data=data) for i in range(3) for data in "ab"]
    assert run_all(many, tmp_path, at_once=2) == {run.name: run.name for run in many}
    assert {name for name in alone if alone[name]} == {"a0", "b0"}


def test_a_test_of_a_run_that_diverged_is_one_line(runs, tmp_path):
    with pytest.raises(InputError, match="loss is .* at step"):
        run_all(runs[1:], tmp_path)
