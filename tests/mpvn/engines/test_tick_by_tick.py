"""Layers that mean the batch of one tick, or draw once per clip, are alike in both engines, and in training."""

import keras
import numpy as np
import pytest
from four_devices import FOUR
from small import assert_engines_agree, gradients_of

import mpvn
from mpvn.engines.clip_draws import augmentation_seeds
from mpvn.engines.tick_by_tick import means_one_tick

RNG = np.random.default_rng(0)
VIDEO, TARGETS = RNG.normal(size=(3, 13, 6)), RNG.normal(size=(3, 13, 4))


class Counting(keras.layers.Layer):
    """Counts its calls, and scales by their number."""

    def build(self, shape):
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x):
        self.calls.assign_add(1.0)
        return x * (1 + 0.1 * self.calls)


class Penalty(keras.layers.Layer):
    """Adds a loss that is summed over the batch it sees."""

    def call(self, x):
        self.add_loss(keras.ops.sum(keras.ops.square(x)))
        return x


class Held(keras.layers.Layer):
    """A layer of a user's own around one of Keras's; `call` does not name `training`."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def build(self, shape):
        self.layer.build(shape)

    def call(self, x):
        return self.layer(x)

    def compute_output_shape(self, shape):
        return self.layer.compute_output_shape(shape)


LAYERS = {
    "batch normalisation": keras.layers.BatchNormalization,
    "spectral normalisation": lambda: keras.layers.SpectralNormalization(keras.layers.Dense(6)),
    "counting": Counting,
    "penalty": Penalty,
    "activity": lambda: keras.layers.Dense(6, activity_regularizer="l2"),
    "held": lambda: Held(keras.layers.SpectralNormalization(keras.layers.Dense(6))),
}


def network(name, clocks=None):
    keras.utils.set_random_seed(0)
    units = [
        mpvn.Unit("a", keras.layers.Dense(6, activation="tanh", dtype="float64"), inputs=["frame"]),
        mpvn.Unit("own", LAYERS[name](), inputs=["a"]),
        mpvn.Unit("b", keras.layers.Dense(4, dtype="float64"), inputs=["own"]),
    ]
    return mpvn.VideoNetwork(units, input_shape=(6,), dtype="float64").parallel(3, clocks=clocks)


@pytest.fixture(autouse=True)
def double_precision():
    before = keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize("clocks", [None, {"own": 2, "b": 2}], ids=["all ticks", "clocks"])
@pytest.mark.parametrize("name", LAYERS)
def test_engines_agree_in_training(name, clocks):
    """Also in what the executions before the first valid one leave behind, which is nothing."""
    found = {}
    for engine in ("folded", "ticked"):
        net = network(name, clocks)
        found[engine] = [net.run(VIDEO, engine, training=True), *net.weights]
    for folded, ticked in zip(found["folded"], found["ticked"], strict=True):
        np.testing.assert_allclose(folded, ticked, atol=1e-12)


@pytest.mark.parametrize("gradients", ["exact", "sideways"])
@pytest.mark.parametrize("name", LAYERS)
def test_gradients_agree(name, gradients):
    assert_engines_agree(lambda: network(name), VIDEO, TARGETS, gradients, atol=1e-10)


def test_devices_change_nothing():
    net = network("spectral normalisation")
    placed = net.place(FOUR[:3])
    found = [gradients_of(each, VIDEO, TARGETS, "exact", "ticked") for each in (net, placed)]
    for here, there in zip(*found, strict=True):
        np.testing.assert_allclose(here, there, atol=1e-10)


def test_a_shared_layer_that_moves_is_refused_before_training(one_line_error):
    shared = keras.layers.BatchNormalization()
    net = mpvn.VideoNetwork([mpvn.Unit("a", shared, ["frame"]), mpvn.Unit("b", shared, ["a"])], input_shape=(6,))
    net.compile("sgd", "mse")
    one_line_error(lambda: net.fit(VIDEO, VIDEO, verbose=0), "'a' and 'b' share layer")


def test_what_means_one_tick():
    expected = {"activity": False, "counting": True, "penalty": True}
    for name in LAYERS:
        net = network(name)
        assert means_one_tick(net.pipeline, "own", training=True) == expected.get(name, True)
        assert not means_one_tick(net.pipeline, "a", training=True)
    frozen = network("batch normalisation")
    frozen.wiring["own"].layer.trainable = False
    assert not means_one_tick(frozen.pipeline, "own", training=True)


def test_a_layer_that_counts_its_calls_counts_valid_ticks():
    net = network("counting")
    counter = net.wiring["own"].layer.calls
    for calls, engine in ((12, "folded"), (24, "ticked")):
        net.run(VIDEO, engine)
        assert int(counter.value) == calls


def test_penalties_are_means_over_executions():
    keras.utils.set_random_seed(0)
    units = [mpvn.Unit("own", Penalty(), inputs=["frame"])]
    net = mpvn.VideoNetwork(units, input_shape=(6,), dtype="float64")
    net(VIDEO)
    (loss,) = net.losses
    np.testing.assert_allclose(loss, (VIDEO**2).sum((0, 2)).mean())


def test_losses_come_out_of_the_loop_of_a_network_with_feedback():
    class Joined(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(4, activity_regularizer="l2")

        def build(self, shapes):
            self.dense.build((None, sum(shape[-1] for shape in shapes)))

        def call(self, values):
            return self.dense(keras.ops.concatenate(values, -1))

        def compute_output_shape(self, shapes):
            return (None, 4)

    keras.utils.set_random_seed(0)
    units = [
        mpvn.Unit("a", Joined(), inputs=["frame"], feedback=["b"]),
        mpvn.Unit("b", keras.layers.Dense(4), inputs=["a"], output_shape=(4,)),
    ]
    net = mpvn.VideoNetwork(units, input_shape=(6,))
    _, values = net.activations(VIDEO, ["a"], training=True)
    (loss,) = net.losses
    np.testing.assert_allclose(loss, 0.01 * (values["a"].numpy() ** 2).sum(-1).mean(), rtol=1e-6)
    net.compile("sgd", "mse")
    history = net.fit(VIDEO, TARGETS, validation_data=(VIDEO, TARGETS), verbose=0).history
    assert np.isfinite([history["loss"], history["val_loss"]]).all()


@pytest.mark.parametrize("layer", ["RandomFlip", "RandomTranslation", "RandomContrast", "RandomErasing"])
def test_augmentation_is_drawn_once_per_clip(layer):
    settings = {"RandomTranslation": (0.5, 0.5), "RandomContrast": (0.9,)}.get(layer, ())
    keras.utils.set_random_seed(0)
    augmented = getattr(keras.layers, layer)(*settings)
    units = [
        mpvn.Unit("augmented", augmented, inputs=["frame"]),
        mpvn.Unit("same", Held(keras.layers.Identity()), ["augmented"]),
    ]
    net = mpvn.VideoNetwork(units, input_shape=(8, 8, 3)).parallel(2)
    video = np.repeat(RNG.uniform(size=(16, 1, 8, 8, 3)), 9, axis=1)
    (seed,) = augmentation_seeds(augmented)
    first, found = seed.state.numpy(), {}
    for engine in ("folded", "ticked"):
        seed.state.assign(first)
        found[engine] = net.run(video, engine, training=True).numpy()[:, 1:]
        np.testing.assert_allclose(found[engine], np.repeat(found[engine][:, :1], 8, axis=1), atol=1e-6)
    np.testing.assert_allclose(found["folded"], found["ticked"], atol=1e-6)
    assert np.abs(found["folded"] - video[:, 1:]).max() > 0.01  # something was drawn
    again = net.run(video, "folded", training=True).numpy()[:, 1:]
    assert np.abs(again - found["ticked"]).max() > 0.01  # and something else for the next clip


def test_noise_is_drawn_at_every_tick():
    keras.utils.set_random_seed(0)
    net = mpvn.VideoNetwork([mpvn.Unit("noise", Held(keras.layers.Dropout(0.5)), inputs=["frame"])], input_shape=(50,))
    outputs = {
        "folded": net.run(np.ones((1, 4, 50)), "folded", training=True),
        "ticked": net.run(np.ones((1, 4, 50)), "ticked", training=True),
        "called": net(np.ones((1, 4, 50)), training=True),
    }
    for values in outputs.values():
        assert len(np.unique(np.asarray(values)[0], axis=0)) == 4
    np.testing.assert_array_equal(net.run(np.ones((1, 4, 50))), 1)
