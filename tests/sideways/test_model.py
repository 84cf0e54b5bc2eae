"""SidewaysModel: a Keras model whose steps follow the pseudo-gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import mpvn
from mpvn.networks.blocks import Chain
from sideways_tf import SidewaysModel, pseudo_gradients


def network(count=3, dtype=None, normalize=False):
    keras.utils.set_random_seed(3)
    units, source = [], "frame"
    for name in ("a", "b", "c"):
        layers = [keras.layers.Dense(6, "tanh", dtype=dtype)]
        if normalize:
            layers.append(mpvn.BatchNormalization(dtype=dtype))
        units.append(mpvn.Unit(name, Chain(layers, dtype=dtype), [source]))
        source = name
    units.append(mpvn.Unit("head", keras.layers.Dense(2, dtype=dtype), [source]))
    return mpvn.VideoNetwork(units, (4,)).parallel(count)


def clips(batch=6, time=10):
    """Clips of slowly moving points, labelled by the sign of their first feature."""
    random = np.random.default_rng(0)
    labels = np.arange(batch) % 2
    start = random.normal(size=(batch, 1, 4)) + 2.0 * (2 * labels[:, None, None] - 1)
    return (start + 0.02 * random.normal(size=(batch, time, 4)).cumsum(1)).astype("float32"), labels


def crossentropy():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize("engine", ["ticked", "folded"])
@pytest.mark.parametrize("gradients", ["sideways", "exact"])
def test_a_step_goes_down_the_gradients(gradients, engine):
    net, (video, labels) = network(), clips()
    loss, found = pseudo_gradients(net, video, labels, crossentropy(), gradients, engine)
    wanted = [v.numpy() - 0.5 * g.numpy() for v, g in zip(net.trainable_variables, found, strict=True)]
    model = SidewaysModel(net, gradients, engine)
    model.compile(keras.optimizers.SGD(0.5), crossentropy(), metrics=["accuracy"])
    history = model.fit(video, labels, batch_size=6, shuffle=False, verbose=0).history
    assert history["loss"][0] == pytest.approx(float(loss), rel=1e-5)
    for variable, value in zip(net.trainable_variables, wanted, strict=True):
        np.testing.assert_allclose(variable, value, atol=1e-6)


@pytest.mark.parametrize("policy", [None, "mixed_bfloat16", "mixed_float16", "float64"])
def test_it_learns(policy):
    model, (video, labels) = SidewaysModel(network(dtype=policy, normalize=True)), clips(12)
    model.compile(keras.optimizers.Adam(0.02), crossentropy(), metrics=["accuracy"])
    model.fit(video, labels, epochs=30, batch_size=12, verbose=0)
    assert model.evaluate(video, labels, verbose=0, return_dict=True)["accuracy"] == 1.0


def test_clips_of_weight_0_have_no_influence():
    video, labels = clips()
    weights, results = np.array([0, 0, 1, 1, 1, 1.0]), []
    for change in (0, 1):
        model = SidewaysModel(network())
        model.compile(keras.optimizers.SGD(0.5), crossentropy())
        video[:2] += change
        model.fit(video, labels, sample_weight=weights, batch_size=6, verbose=0)
        results.append(model.get_weights())
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_moving_averages_follow_both_engines_alike():
    averages = []
    for engine in ("ticked", "folded"):
        net, (video, labels) = network(normalize=True), clips()
        model = SidewaysModel(net, engine=engine)
        model.compile(keras.optimizers.SGD(0.1), crossentropy())
        model.fit(video, labels, batch_size=6, shuffle=False, verbose=0)
        averages.append([v.numpy() for v in net.non_trainable_variables])
    for one, other in zip(*averages, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
        assert np.abs(one).max() > 0


def test_a_video_that_is_not_finite_stops_before_the_weights_change():
    net, (video, labels) = network(), clips()
    model = SidewaysModel(net)
    model.compile("sgd", crossentropy())
    video[2, 3, 0] = np.nan
    before = net.get_weights()
    with pytest.raises(tf.errors.InvalidArgumentError, match="not finite"):
        model.fit(video, labels, batch_size=6, shuffle=False, verbose=0)
    for one, other in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_unknown_settings_are_one_line(one_line_error):
    one_line_error(lambda: SidewaysModel(network(), gradients="backwards"), "'backwards'")
    one_line_error(lambda: SidewaysModel(network(), engine="steam"), "'steam'")
