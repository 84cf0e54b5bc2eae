"""Replicas of a pipeline against one pipeline on the joint batch."""

import gin
import keras
import numpy as np
import pytest
import tensorflow as tf
from four_devices import FOUR

import mpvn
from mpvn.errors import InputError
from sideways_tf import SidewaysModel

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
pytestmark = pytest.mark.usefixtures("strict_placement")
FIRST, SECOND = FOUR[:2], FOUR[2:]
LABELS = np.array([0, 2, 1, 1])


def videos():
    return np.random.default_rng(0).uniform(size=(4, 12, 16, 16, 3)).astype("float32")


def network(normalize=False):
    keras.utils.set_random_seed(0)
    return mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1, normalize=normalize).parallel(2)


def compiled(net, gradients, replicas=()):
    model = SidewaysModel(net, gradients, replicas=replicas)
    model.compile(keras.optimizers.Adam(1e-2), loss=LOSS, metrics=["accuracy"], targets_per="clip")
    return model


@pytest.mark.parametrize("gradients", ["sideways", "exact"])
def test_replicas_train_as_one_pipeline_on_the_joint_batch(gradients):
    weights = np.array([1.0, 0.5, 2.0, 0.0], np.float32)
    alone, together = compiled(network(), gradients), compiled(network().place(FIRST), gradients, [SECOND])
    start = [v.numpy() for v in alone.trainable_variables]
    steps = [tf.function(model.train_on_clips) for model in (alone, together)]
    for _ in range(3):
        (one, outputs), (other, shared) = (step(videos(), LABELS, weights) for step in steps)
        np.testing.assert_allclose(other, one, rtol=1e-5)
        np.testing.assert_allclose(shared, outputs, atol=1e-5)
    for variable, copy, before in zip(alone.trainable_variables, together.trainable_variables, start, strict=True):
        np.testing.assert_allclose(copy, variable, atol=1e-5)
        assert np.abs(before - variable.numpy()).max() > 1e-3
    copies = together._replicas.networks[1]
    assert {v.value.device[-5:] for v in copies.variables} == set(SECOND)


def test_keras_fits_replicas():
    model = compiled(network().place(FIRST), "sideways", [SECOND])
    data = tf.data.Dataset.from_tensors((videos(), LABELS)).repeat(2)
    history = model.fit(data, epochs=2, verbose=0)
    assert history.history["loss"][1] < history.history["loss"][0]


def test_moving_averages_are_averaged():
    model = compiled(network(normalize=True).place(FIRST), "sideways", [SECOND])
    apart = []
    for share in (slice(0, 2), slice(2, 4)):
        one = compiled(network(normalize=True), "sideways")
        one.train_on_clips(videos()[share], LABELS[share])
        apart.append([v.numpy() for v in one.non_trainable_variables])
    model.train_on_clips(videos(), LABELS)
    averages = [v for v in model.non_trainable_variables if "moving" in v.path]
    assert averages
    expected = [np.mean(values, 0) for values in zip(*apart, strict=True)]
    for variable, value in zip(model.non_trainable_variables, expected, strict=True):
        if "moving" in variable.path:
            np.testing.assert_allclose(variable, value, atol=1e-6)


@pytest.fixture
def settings(tmp_path):
    """Gin settings of a run with two replicas of two devices each."""
    from mpvn.runs.settings import parse_gin

    def parse(**others):
        params = {
            "walkers.num_frames": 8,
            "walkers.size": 16,
            "walkers.num_train": 12,
            "walkers.num_validation": 0,
            "walkers.num_test": 0,
            "walkers.data_dir": str(tmp_path / "data"),
            "simple_cnn.width": 0.1,
            "network.num_subnetworks": 3,
            "train.steps": 2,
            "train.report_every": 1,
            "train.batch_size": 4,
            "train.validation_clips": 0,
            "train.diagnostics": None,
            "placement.devices": [*FIRST, *SECOND],
            "placement.replicas": 2,
        }
        gin.clear_config()
        params = [f"{name}={value!r}" for name, value in (params | others).items()]
        parse_gin(["gin_configs/sideways/simple_cnn_walkers.gin"], params)

    yield parse
    gin.clear_config()


def test_training_divides_the_devices_and_balances_each_share(settings, tmp_path, capsys):
    from mpvn.runs.restore import restore
    from mpvn.runs.training import train

    folder = str(tmp_path / "run")
    settings(**{"placement.balance": True})
    trained = train(folder)
    assert [device[-5:] for device in trained.devices] == FIRST and trained.schedule.num_subnetworks == 2
    assert "the most expensive device" in capsys.readouterr().out
    # Whoever reads the run later sees the network as it was cut.
    gin.clear_config()
    restored = restore(folder).network
    assert restored.schedule == trained.schedule
    for variable, value in zip(restored.trainable_variables, trained.trainable_variables, strict=True):
        np.testing.assert_array_equal(variable, value)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"train.batch_size": 3}, "placement.replicas=2.*4 devices"),
        ({"placement.replicas": 3}, "placement.replicas=3.*4 devices"),
        ({"placement.replicas": 2.0}, "whole number"),
        ({"placement.devices": []}, "names of devices"),
        ({"placement.devices": "CPU:0"}, "names of devices"),
        ({"train.model": None}, "@SidewaysModel"),
        ({"train.balance": True, "network.skip": "sum"}, "with_skips"),
    ],
)
def test_bad_settings_are_one_line(settings, tmp_path, wrong, words):
    from mpvn.runs.training import train

    with pytest.raises(InputError, match=words):
        settings(**wrong)
        train(str(tmp_path / "run"))


def test_bad_replicas_are_one_line(one_line_error):
    one_line_error(lambda: compiled(network(), "sideways", [SECOND]), "placed", "network.place")
    one_line_error(lambda: compiled(network().place(FIRST), "sideways", [FIRST]), FOUR[0], "two replicas")
    one_line_error(
        lambda: SidewaysModel(network().place(FIRST), update="tick", replicas=[SECOND]), "update='tick'", "episode"
    )
    model = compiled(network().place(FIRST), "sideways", [SECOND])
    with pytest.raises(tf.errors.InvalidArgumentError, match="multiple"):
        model.train_on_clips(videos()[:3], LABELS[:3])
