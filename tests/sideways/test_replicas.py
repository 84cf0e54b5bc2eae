"""Replicas of a pipeline against one pipeline on the joint batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import mpvn
from mpvn.errors import InputError
from sideways_tf import SidewaysModel

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
FIRST, SECOND = ["CPU:0", "CPU:1"], ["CPU:2", "CPU:3"]
LABELS = np.array([0, 2, 1, 1])


@pytest.fixture(scope="module", autouse=True)
def no_soft_placement():
    tf.config.set_soft_device_placement(False)
    yield
    tf.config.set_soft_device_placement(True)


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


def test_training_divides_the_devices(tmp_path, capsys):
    from mpvn.data import sources
    from mpvn.training import train

    def data():
        folder = str(tmp_path / "data")
        return sources.walkers(num_frames=8, size=16, num_train=12, num_validation=0, num_test=0, data_dir=folder)

    def net(input_shape, num_classes):
        return mpvn.networks.simple_cnn(num_classes, input_shape, width=0.1).parallel(2)

    shared = dict(data=data, network=net, model=SidewaysModel, steps=2, report_every=1, validation_clips=0)
    trained = train(str(tmp_path / "run"), batch_size=4, devices=[*FIRST, *SECOND], replicas=2, **shared)
    assert [device[-5:] for device in trained.devices] == FIRST
    assert capsys.readouterr().out.count("CPU:") == 2  # the placement of the first replica
    for wrong in (dict(batch_size=3, replicas=2), dict(batch_size=4, replicas=3)):
        with pytest.raises(InputError, match="train.replicas"):
            train(str(tmp_path / "run"), devices=[*FIRST, *SECOND], **shared, **wrong)


def test_bad_replicas_are_one_line(one_line_error):
    one_line_error(lambda: compiled(network(), "sideways", [SECOND]), "placed", "network.place")
    one_line_error(lambda: compiled(network().place(FIRST), "sideways", [FIRST]), "CPU:0", "two replicas")
    one_line_error(
        lambda: SidewaysModel(network().place(FIRST), update="tick", replicas=[SECOND]), "update='tick'", "episode"
    )
    model = compiled(network().place(FIRST), "sideways", [SECOND])
    with pytest.raises(tf.errors.InvalidArgumentError, match="multiple"):
        model.train_on_clips(videos()[:3], LABELS[:3])
