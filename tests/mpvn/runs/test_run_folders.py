"""Run folders stand by themselves: all that was set comes back, and nothing changes before a step is taken."""

import json
import shutil

import gin
import pytest
import tensorflow as tf
from commands import bad, good

import mpvn
from mpvn.runs import events

# A macro for a function, one within another, a scope, a module of the user's, and a part that is included.
PART = """
import my_clips_of_a_run
source = @my_clips
frames = %eight
eight = 8
mine/walkers.num_frames = %frames
"""
SETTINGS = """
include 'FOLDER/part of it.gin'
train.data = %source
my_clips.source = @mine/walkers
walkers.data_dir = "FOLDER/data"
walkers.size = 16
walkers.num_train = 4
walkers.num_validation = 0
walkers.num_test = 4
what = @action
train.task = %what
train.network = @net/network
net/network.base = @simple_cnn
network.num_subnetworks = 2
net/simple_cnn.width = 0.05
train.steps = 2
train.batch_size = 2
train.report_every = 2
train.validation_clips = 0
"""
OWN = """
import dataclasses

import gin
import tensorflow as tf


@gin.configurable
def my_clips(source, fails=False):
    data = source()

    def mistaken(label):
        raise KeyError("a mistake of my own")

    def clips(*arguments):
        examples = data.clips(*arguments)
        if not fails:
            return examples

        def broken(example):
            label = tf.numpy_function(mistaken, [example["label"]], tf.int64)
            return example | {"label": tf.ensure_shape(label, [])}

        return examples.map(broken)

    return dataclasses.replace(data, clips=clips)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a place with spaces")
    (folder / "part of it.gin").write_text(PART)
    (folder / "all.gin").write_text(SETTINGS.replace("FOLDER", str(folder)))
    (folder / "my_clips_of_a_run.py").write_text(OWN)
    good("mpvn.train", f"--gin_file={folder}/all.gin", f"--model_dir={folder}/whole")
    return folder


@pytest.fixture
def run(place, tmp_path):
    """A copy of the run, and how it is trained."""
    shutil.copytree(place / "whole", tmp_path / "run")
    return tmp_path / "run", ["mpvn.train", f"--gin_file={place}/all.gin", f"--model_dir={tmp_path}/run"]


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_all_that_was_set_comes_back(run):
    folder, train = run
    good("mpvn.evaluate", f"--model_dir={folder}", "--batch_size=2")
    found = json.loads((folder / "evaluation_test.json").read_text())
    assert found["step"] == 2 and found["networks"]["as trained"]["clips"] == 4
    good(train[0], f"--gin_file={folder}/operative_config.gin", train[2], "--gin_param=train.steps=4")
    assert [json.loads(line)["step"] for line in (folder / "metrics.jsonl").read_text().splitlines()] == [2, 4]


def test_runs_of_one_process_each_have_their_own(run, place):
    """Also a module of the same name."""
    folder, _ = run
    module = folder / "kept" / "my_clips_of_a_run.py"
    module.write_text(module.read_text().replace("return examples\n", "return examples.skip(0)\n"))
    settings = folder / "operative_config.gin"
    settings.write_text(settings.read_text() + "\nnet/network.num_subnetworks = 3\n")
    for path, number in ((place / "whole", 2), (folder, 3), (place / "whole", 2), (folder, 3)):
        assert mpvn.load(path).schedule.num_subnetworks == number
        assert gin.config_str() == ""


def test_what_is_refused_changes_nothing(run):
    folder, train = run
    before = files(folder)
    for params, words in (
        (["train.steps=4", "walkers.fps=-1"], ["walkers.fps=-1"]),
        (["train.steps=4", "walkers.nothing=1"], ["walkers", "nothing"]),
        (["train.steps=4", "mine/walkers.num_frames=1"], ["too short"]),
        (["train.steps=4", "my_clips.fails=True"], ["data cannot be read", "a mistake of my own", ".py, line"]),
        (["network.num_subnetworks=3"], ["finished", "network.num_subnetworks = 2, not 3", "train.steps"]),
        (["eight=9"], ["finished", "eight = 8, not 9"]),
    ):
        line = bad(*train, *(f"--gin_param={param}" for param in params))
        assert all(word in line for word in words), line
        assert files(folder) == before
    good(*train)  # finished, and as it was
    assert files(folder) == before


def test_damage_that_matters_is_named(run):
    folder, train = run
    (folder / "metrics.jsonl").write_bytes(b"\xff\xfe\x00\n[]\n{}\n" + (folder / "metrics.jsonl").read_bytes())
    good(*train, "--gin_param=train.steps=4")
    assert [json.loads(line)["step"] for line in (folder / "metrics.jsonl").read_text().splitlines()] == [2, 4]
    shutil.rmtree(folder / "train")
    (folder / "train").write_text("")
    assert "train' is not a folder" in bad(*train, "--gin_param=train.steps=6")
    (folder / "operative_config.gin").write_text("")
    line = bad("mpvn.evaluate", f"--model_dir={folder}")
    assert "train.data" in line and "operative_config.gin" in line


def test_events_of_what_is_run_again_are_dropped(tmp_path):
    for steps in ((2, 4), (6,)):
        with tf.summary.create_file_writer(str(tmp_path)).as_default():
            for step in steps:
                tf.summary.scalar("loss", float(step), step)
    (tmp_path / "events.out.tfevents.broken").write_bytes(b"\x01\x02")
    events.forget_after(tmp_path, 2)
    steps = []
    for path in sorted(tmp_path.glob("*tfevents*")):
        steps += [step for record, step in events._records(path) if b"loss" in record]
    assert steps == [2]
    events.forget_after(tmp_path / "nowhere", 2)
