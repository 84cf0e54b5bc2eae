"""Runs of reproductions: their folders, and those that diverge."""

import json
import math
import time
from dataclasses import replace
from pathlib import Path

import in_process
import pytest

from mpvn.errors import InputError
from mpvn.reproductions.support.batch import Run, run_all, with_file

FILE = "mpvn/simple_cnn_walkers.gin"
TINY = (
    "walkers.num_frames=14",
    "walkers.size=32",
    "walkers.num_train=8",
    "walkers.num_validation=0",
    "walkers.num_test=4",
    "simple_cnn.width=0.1",
    "train.batch_size=2",
    "train.steps=4",
    "train.report_every=1",
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    shared = (*TINY, f'walkers.data_dir="{tmp_path_factory.mktemp("data")}"')
    return [
        Run(name, [FILE], [f"train.learning_rate={rate}"], params=shared)
        for name, rate in (("good", "1e-3"), ("wild", "1e30"))
    ]


def test_a_run_that_diverges_is_a_result(runs, monkeypatch, tmp_path):
    monkeypatch.setattr("mpvn.reproductions.support.batch.call", in_process.call)
    outcomes = run_all(runs, tmp_path, test=False)
    good, wild = outcomes["good"], outcomes["wild"]
    assert good.diverged_at is None and [step for step, _ in good.curve("loss")] == [1, 2, 3, 4]
    assert good.at_end("accuracy", 100) == 100 * good.metrics[-1]["accuracy"]
    assert good.num_subnetworks == 6
    assert 2 <= wild.diverged_at <= 4
    assert wild.at_end("loss") == f"diverged at step {wild.diverged_at}"
    assert all(math.isfinite(loss) for _, loss in wild.curve("loss"))
    # What is finished is read, not run again.
    again = run_all(runs, tmp_path, test=False)
    assert again == outcomes
    # A folder is not taken for a run with other settings.
    other = replace(runs[0], params=(*runs[0].params, "train.seed=1"))
    with pytest.raises(InputError, match="other settings"):
        run_all([other], tmp_path, test=False)
    # What is trained is only tested.
    (tested,) = run_all(runs[:1], tmp_path).values()
    assert tested.metrics == good.metrics and 0 <= tested.measures["accuracy"] <= 1


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

    monkeypatch.setattr("mpvn.reproductions.support.batch._do", do)
    many = [Run(f"{data}{i}", [], data=data) for i in range(3) for data in "ab"]
    assert run_all(many, tmp_path, at_once=2) == {run.name: run.name for run in many}
    assert {name for name in alone if alone[name]} == {"a0", "b0"}


def test_teachers_are_trained_before_those_that_learn_from_them(monkeypatch, tmp_path):
    done = []

    def do(run, folder, test):
        assert run.teacher in ("", *done)
        time.sleep(0.05 if run.name == "teacher" else 0)
        done.append(run.name)
        return run.name

    monkeypatch.setattr("mpvn.reproductions.support.batch._do", do)
    many = [Run("distilled", [], teacher="teacher"), Run("plain", []), Run("teacher", []), Run("other", [])]
    assert set(run_all(many, tmp_path, at_once=3)) == {run.name for run in many}
    assert done[-1] == "distilled"


@pytest.fixture
def started(monkeypatch):
    """The commands that are started, which do nothing but write what a run leaves."""
    commands = []

    def call(module, *arguments, **environment):
        commands.append((module, arguments))
        folder = Path(arguments[-1].removeprefix("--model_dir="))
        if module == "mpvn.evaluate":
            (folder / "evaluation_test.json").write_text(json.dumps({"networks": {"as trained": {"loss": 1.0}}}))
        return ""

    monkeypatch.setattr("mpvn.reproductions.support.batch.call", call)
    return commands


def names(commands, module):
    return sorted(Path(arguments[-1]).name for started, arguments in commands if started == module)


def test_only_a_row_that_is_new_is_trained(started, tmp_path):
    old = [Run(f"old_{seed}", [FILE], params=[f"train.seed={seed}"]) for seed in (0, 1)]
    run_all(old, tmp_path)
    assert names(started, "mpvn.train") == names(started, "mpvn.evaluate") == ["old_0", "old_1"]
    started.clear()
    path = tmp_path / "ours.gin"
    path.write_text("network.num_subnetworks = 3\n")
    ours = [with_file(run, path) for run in old]
    outcomes = run_all([*old, *ours], tmp_path)
    assert list(outcomes) == ["old_0", "old_1", "ours_old_0", "ours_old_1"]
    assert names(started, "mpvn.train") == names(started, "mpvn.evaluate") == ["ours_old_0", "ours_old_1"]
    started.clear()
    run_all([*old, *ours], tmp_path)
    assert started == []
    # The file's settings are part of what a folder is for.
    path.write_text("network.num_subnetworks = 2\n")
    with pytest.raises(InputError, match="other settings"):
        run_all(ours, tmp_path)


def test_settings_are_given_in_order(started, tmp_path):
    path = tmp_path / "ours.gin"
    path.write_text("network.num_subnetworks = 3\n")
    run = Run("plain", [FILE], ["network.num_subnetworks=2"], params=["train.seed=4"])
    run_all([with_file(run, path)], tmp_path)
    (_, arguments), _ = started
    *files, param, _ = arguments
    assert [Path(file).name for file in files] == ["simple_cnn_walkers.gin", "row.gin", "ours.gin"]
    assert param == "--gin_param=train.seed=4"
    assert (tmp_path / "ours_plain" / "row.gin").read_text() == "network.num_subnetworks = 2\n"


def test_a_test_of_a_run_that_diverged_is_one_line(runs, tmp_path):
    """Its processes are its own, as they are left out above."""
    with pytest.raises(InputError, match="loss is .* at step"):
        run_all(runs[1:], tmp_path)
