"""Training from groups of settings, and from their older names."""

import json

import gin
import keras
import numpy as np
import pytest

import mpvn
from mpvn.data import sources
from mpvn.runs import older_names
from mpvn.runs.optimizers import OptimizerSettings
from mpvn.runs.restore import restore
from mpvn.runs.settings import parse_gin
from mpvn.runs.teacher import Teacher
from mpvn.runs.training import train

SMALL = [
    "walkers.num_frames = 10",
    "walkers.size = 16",
    "walkers.num_train = 12",
    "walkers.num_validation = 0",
    "walkers.num_test = 0",
    "simple_cnn.width = 0.1",
    "train.steps = 4",
    "train.report_every = 2",
    "train.batch_size = 2",
    "train.validation_clips = 0",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def settings(folder):
    """Sets gin to a small run of Simple-CNN, with further parameters."""

    def parse(*params):
        gin.clear_config()
        older_names._print_once.cache_clear()
        parse_gin(["gin_configs/mpvn/simple_cnn_walkers.gin"], [*SMALL, f'walkers.data_dir = "{folder}"', *params])

    yield parse
    gin.clear_config()


def rows(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def losses(run):
    return [row["loss"] for row in rows(run)]


def lines_of(run, *names):
    """What the folder says of settings, in its last line of each."""
    text = dict(line.split(" = ") for line in (run / "operative_config.gin").read_text().splitlines() if " = " in line)
    return {name: text.get(name) for name in names}


def test_groups_and_older_names_train_alike(settings, tmp_path, capsys):
    for name, params in {
        "default": [],
        "groups": ["optimizer.learning_rate = 0.02", 'optimizer.decay = "cosine"', 'optimizer.kind = "rmsprop"'],
        "older": ["train.learning_rate = 0.02", 'train.decay = "cosine"', 'train.optimizer = "rmsprop"'],
    }.items():
        settings(*params)
        train(str(tmp_path / name))
        said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("older names")]
        expected = (
            "older names of settings: train.optimizer is optimizer.kind now; "
            "train.learning_rate is optimizer.learning_rate now; "
            "train.decay is optimizer.decay now"
        )
        assert said == ([expected] if name == "older" else [])
    found = losses(tmp_path / "groups")
    assert losses(tmp_path / "older") == pytest.approx(found, rel=1e-5)
    assert losses(tmp_path / "default") != pytest.approx(found, rel=1e-3)
    names = ("optimizer.learning_rate", "optimizer.decay", "optimizer.kind", "train.learning_rate", "train.optimizer")
    for run in ("groups", "older"):
        written = lines_of(tmp_path / run, *names)
        assert list(written.values())[:4] == ["0.02", "'cosine'", "'rmsprop'", None]


def test_what_the_optimizer_is_made_of(settings, tmp_path):
    """All fields reach the function that makes it, and the learning rate falls."""
    made = []

    def recorded(**config):
        made.append((keras.optimizers.SGD(**config), config))
        return made[-1][0]

    settings()
    optimizer = OptimizerSettings(recorded, 0.5, "cosine", weight_decay=0.1, clip_norm=2.0)
    train(str(tmp_path / "run"), optimizer=optimizer)
    ((made_one, config),) = made
    assert config == {"learning_rate": 0.5, "weight_decay": 0.1, "clipnorm": 2.0}
    assert float(made_one.learning_rate) == pytest.approx(0.5 * (1 + np.cos(np.pi * 3 / 4)) / 2)


def test_a_teacher_has_settings_of_its_own(settings, tmp_path, capsys):
    settings(
        "train.network = @student/network",
        "train.model = @distillation",
        "train.teacher = @teacher",
        "teacher.network = @teacher/network",
        "teacher.steps = 2",
        "teacher/network.num_subnetworks = 1",
        "student/network.num_subnetworks = 3",
        "optimizer.learning_rate = 0.01",
    )
    trained = train(str(tmp_path / "run"))
    assert trained.schedule.num_subnetworks == 3
    assert [row["step"] for row in rows(tmp_path / "run" / "teacher")] == [2]
    assert [row["step"] for row in rows(tmp_path / "run")] == [2, 4]
    assert "mismatch" in rows(tmp_path / "run")[0] and "mismatch" not in rows(tmp_path / "run" / "teacher")[0]
    # The teacher's folder is that of a run by itself.
    names = ("train.teacher", "train.model", "train.network", "train.steps", "optimizer.learning_rate")
    expected = ["None", "None", "@teacher/network", "2", "0.01"]
    assert list(lines_of(tmp_path / "run" / "teacher", *names).values()) == expected
    gin.clear_config()
    assert restore(str(tmp_path / "run" / "teacher")).network.schedule.num_subnetworks == 1
    assert "older names" not in capsys.readouterr().out


def test_a_trained_teacher_is_taken_as_it_is(settings, tmp_path):
    """A run that trains its teacher first, and one that gets this teacher ready, give the same student."""
    shared = (
        "train.network = @student/network",
        "train.model = @distillation",
        "train.teacher = @teacher",
        "student/network.num_subnetworks = 3",
        "teacher/network.num_subnetworks = 1",
    )
    settings(*shared, "teacher.network = @teacher/network")
    first = train(str(tmp_path / "first"))
    weights = (tmp_path / "first" / "teacher" / "network.weights.h5").read_bytes()
    settings(*shared, f'teacher.trained = "{tmp_path / "first" / "teacher"}"')
    second = train(str(tmp_path / "second"))
    assert not (tmp_path / "second" / "teacher").exists()
    assert (tmp_path / "first" / "teacher" / "network.weights.h5").read_bytes() == weights
    assert rows(tmp_path / "second")[-1]["mismatch"] == pytest.approx(
        rows(tmp_path / "first")[-1]["mismatch"], rel=1e-4
    )
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_older_names_of_a_teacher(settings, tmp_path, capsys):
    settings(
        "train.model = @distillation",
        "train.teacher = @teacher/network",
        "train.teacher_steps = 2",
        "teacher/network.num_subnetworks = 1",
    )
    train(str(tmp_path / "run"))
    assert [row["step"] for row in rows(tmp_path / "run" / "teacher")] == [2]
    assert capsys.readouterr().out.count("older names") == 1
    written = lines_of(tmp_path / "run", "train.teacher", "teacher.network", "teacher.steps")
    assert list(written.values()) == ["@teacher", "@teacher/network", "2"]
    assert lines_of(tmp_path / "run" / "teacher", "train.network") == {"train.network": "@teacher/network"}


def test_xla_trains_to_the_same_weights(settings, tmp_path):
    ends = []
    for xla in (False, True):
        settings(f"train.jit_compile = {xla}")
        trained = train(str(tmp_path / str(xla)))
        assert trained.jit_compile is xla
        ends.append(trained.get_weights())
    for one, other in zip(*ends, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-4)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (["train.nonsense = 3"], ["train.nonsense", "batch_size", "placement"]),
        (["train.steps = 3"], ["steps=3", "report_every=2"]),
        (["train.steps = 0"], ["train.steps=0", "at least 1"]),
        (['optimizer.decay = "linear"'], ["optimizer.decay='linear'", "'cosine'"]),
        (['optimizer.kind = "adamant"'], ["optimizer.kind='adamant'", "Keras"]),
        (["train.teacher = @teacher", "teacher.network = @network"], ["train.teacher", "train.model"]),
        (["train.teacher = @teacher", "train.model = @distillation"], ["teacher.network"]),
        (["train.model = @distillation"], ["train.teacher", "teacher.network"]),
        (
            ["train.teacher = @teacher", "teacher.network = @network", 'teacher.trained = "run"'],
            ["teacher.trained='run'", "teacher.network"],
        ),
        (
            ["train.teacher = @teacher", "train.model = @distillation", 'teacher.trained = "nowhere"'],
            ["'nowhere' does not exist", "run folder"],
        ),
        (["placement.replicas = 0"], ["placement.replicas=0"]),
        (["placement.balance = True"], ["placement.balance", "placement.devices"]),
        (
            ["train.jit_compile = True", "placement.devices = ['CPU:0', 'CPU:1']"],
            ["train.jit_compile=True", "one device", "placement"],
        ),
        (["walkers.num_frames = 5"], ["5 frames", "6"]),
    ],
)
def test_bad_settings_are_one_line(settings, params, words, tmp_path):
    with pytest.raises(mpvn.InputError) as error:
        settings(*params)
        train(str(tmp_path / "run"))
    line = str(error.value).splitlines()[0]
    assert all(word in line for word in words), line


def test_a_teacher_without_gin(folder, tmp_path):
    """Its folder cannot tell by what name gin knows its network, and names none."""

    def data():
        sizes = {"num_frames": 10, "size": 16, "num_train": 12, "num_validation": 0, "num_test": 0}
        return sources.walkers(**sizes, data_dir=str(folder))

    def net(input_shape, num_classes):
        return mpvn.networks.simple_cnn(num_classes, input_shape, width=0.1)

    taught = []

    def model(network, teacher):
        taught.append(teacher)
        return network

    shared = {"steps": 1, "report_every": 1, "batch_size": 2, "validation_clips": 0}
    student = train(str(tmp_path / "run"), data, net, model=model, teacher=Teacher(net), **shared)
    assert len(taught) == 1 and taught[0] is not student
    assert "@None" not in (tmp_path / "run" / "teacher" / "operative_config.gin").read_text()


def test_dead_work_is_said_in_one_line_before_training(settings, tmp_path, capsys):
    for name, clocks in {"halving": '"halving"', "none": "None", "uniform": "4"}.items():
        settings(f"network.clocks = {clocks}", "train.steps = 1", "train.report_every = 1")
        train(str(tmp_path / name))
        said = [line for line in capsys.readouterr().out.splitlines() if "dead" in line]
        if name == "halving":
            (line,) = said
            assert "% of the scheduled cost is dead" in line and "docs/when_it_pays.md" in line
        else:
            assert said == []
