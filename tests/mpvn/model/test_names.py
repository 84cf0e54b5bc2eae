"""Units and layers may have any name: it is data, wherever it goes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import assert_same, video

import mpvn
from sideways_tf import SidewaysModel

NAMES = ["_conv_stem", "1x1", "conv.", "-", "my conv", "été", "a:b:tap1", "%41", "A", "$x^2$", ">", "\\", "a/b", "a b"]


@pytest.fixture(scope="module")
def network():
    """A chain of units; every layer is in one of an own name, as layers within users' layers are."""
    units, before = [], "frame"
    for name in NAMES:
        inner = keras.layers.Dense(3, activation="tanh", name=name.replace("/", "|"))
        layer = keras.Sequential([inner], name=name.replace("/", "|") + "_")
        units.append(mpvn.Unit(name, layer, [before]))
        before = name
    return mpvn.VideoNetwork(units, (3,), name="my net").parallel(3, clocks={"1x1": 2})


def test_engines_and_streams(network):
    clip, first = video(12, dtype="float32"), network.schedule.valid_from
    wanted = network.run(clip, engine="folded")[:, first:]
    assert_same(network.run(clip, engine="ticked")[:, first:], wanted, rtol=1e-5)
    stream = mpvn.Stream(network, 2)
    assert_same(np.stack([stream.step(clip[:, t]) for t in range(12)], 1)[:, first:], wanted, rtol=1e-5)
    chunk = tf.function(network.step_chunk, jit_compile=True)
    assert_same(chunk(clip, network.initial_state(2))[0][:, first:], wanted, rtol=1e-5)


def test_training(network):
    clip = video(12, dtype="float32")
    for model in (network, SidewaysModel(network)):
        model.compile("adam", "mse", targets_per="frame")
        assert np.isfinite(model.fit(clip, clip, verbose=0).history["loss"]).all()
        assert np.isfinite(model.evaluate(clip, clip, verbose=0))
        model.predict(clip, verbose=0)


def test_files(network, tmp_path):
    network.save(tmp_path / "net.keras")
    loaded = keras.models.load_model(tmp_path / "net.keras")
    assert loaded.wiring.names == tuple(NAMES)
    assert_same(
        loaded.run(video(12, dtype="float32"))[:, 4:], network.run(video(12, dtype="float32"))[:, 4:], rtol=1e-5
    )
    network.save_weights(tmp_path / "net.weights.h5")
    loaded.load_weights(tmp_path / "net.weights.h5")
    network.schedule.to_csv(tmp_path / "schedule.csv")
    read = mpvn.Schedule.from_csv(tmp_path / "schedule.csv")
    assert read.units == network.schedule.units
    network.schedule.plot(tmp_path / "schedule.png")


def test_converted_models():
    names = [name.replace("/", "|") for name in NAMES] + ["a_b", "a.b", "a-b"]
    frame = value = keras.Input((4, 4, 1))
    for name in names:
        value = keras.layers.Conv2D(2, 3, padding="same", activation="tanh", name=name)(value)
    model = keras.Model(frame, keras.layers.Flatten()(value), name="mon modèle")
    network = mpvn.from_keras(model)
    assert len(set(network.wiring.names)) == len(names)
    assert {"_conv_stem", "conv.", "A", "a_b", "a.b", "a-b"} <= set(network.wiring.names)
    clip = np.random.default_rng(0).random((1, 6, 4, 4, 1), np.float32)
    network = network.parallel(2, skips="aligned")
    assert_same(network.run(clip)[0, 1:], model(clip[0])[:-1], rtol=1e-5, axis=0)
    network.compile("adam", "mse", targets_per="clip")
    network.fit(clip, np.zeros((1, 32)), verbose=0)
