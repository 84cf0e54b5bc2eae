"""Recalibrated averages are those of the executions that a schedule runs, each counted once."""

import keras
import numpy as np
import tensorflow as tf
from cases import cases
from hypothesis import given, settings
from tiny import dense_network, layers_of, naive, network_of, video

import mpvn


def batches_of(num_frames):
    return [video(num_frames, batch, seed=seed) for seed, batch in ((1, 2), (2, 2), (3, 3))]


BATCHES = batches_of(8)


def expected_averages(case, network, batches):
    """{unit: mean and variance of its batches}, from layers that are called one after the other."""
    found = {name: [] for name in case.names}

    def recording(name, mix):
        def call(inputs):
            value = tf.concat(inputs, -1) if isinstance(inputs, (list, tuple)) else inputs
            value = tf.tanh(mix.dense(value))
            mean, variance = tf.nn.moments(value, [0])
            found[name].append((mean, variance))
            scale = mix.norm.gamma / tf.sqrt(variance + mix.norm.epsilon)
            return (value - mean) * scale + mix.norm.beta

        return call

    layers = {name: recording(name, layer) for name, layer in layers_of(network).items()}
    for clips in batches:
        naive(case, layers, clips)
    return {name: np.mean(values, 0) for name, values in found.items()}


def assert_recalibrated(case, network):
    schedule = network.schedule
    batches = batches_of(max(map(schedule.unit_valid_from, case.names)) + schedule.hyper_period + 1)
    expected = expected_averages(case, network, batches)
    before = {v.path: np.asarray(v) for v in network.variables}
    assert mpvn.recalibrate(network, batches) == len(batches)
    for name, layer in layers_of(network).items():
        mean, variance = expected[name]
        np.testing.assert_allclose(layer.norm.moving_mean, mean, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(layer.norm.moving_variance, variance, rtol=1e-9, atol=1e-12)
    moved = {v.path for v in network.variables if not np.array_equal(v, before[v.path])}
    assert moved and all("moving" in path for path in moved)


@settings(max_examples=6, deadline=None)
@given(cases(feedback=True, max_units=4))
def test_with_clocks_cuts_and_feedback(case):
    assert_recalibrated(case, network_of(case, normalize=True))


@settings(max_examples=4, deadline=None)
@given(cases(max_units=4))
def test_where_time_is_folded(case):
    assert_recalibrated(case, network_of(case, normalize=True))


def test_keras_s_own_and_what_else_moves():
    """Batch normalisation that Keras trains, dropout and spectral norms: only the averages are others afterwards."""
    keras.utils.set_random_seed(0)
    norm = keras.layers.BatchNormalization()
    dense = keras.layers.SpectralNormalization(keras.layers.Dense(3))
    units = [
        mpvn.Unit("a", keras.Sequential([keras.layers.Dense(3, "tanh"), keras.layers.Dropout(0.5)]), ["frame"]),
        mpvn.Unit("b", norm, ["a"]),
        mpvn.Unit("c", dense, ["b"]),
    ]
    net = mpvn.VideoNetwork(units, (3,)).parallel(3)
    net.unit_layers[0].layers[1].rate = 0.0  # so that what is normalised is known
    before = {v.path: np.asarray(v) for v in net.variables}
    clips = video(9, dtype="float32")
    mpvn.recalibrate(net, [(clips, None)])
    seen = np.stack([net.unit_layers[0](clips[:, now]) for now in range(8)], 1)  # what "b" reads a tick later
    np.testing.assert_allclose(norm.moving_mean, seen.mean(0).mean(0), atol=1e-6)
    np.testing.assert_allclose(norm.moving_variance, seen.var(0).mean(0), atol=1e-6)
    others = [v for v in net.variables if "moving" not in v.path]
    assert others and all(np.array_equal(v, before[v.path]) for v in others)
    assert "_moments" not in vars(norm)


def test_outputs_are_those_of_training_where_batches_are_alike():
    net = dense_network(normalize=True).parallel(2)
    clips = np.tile(video(1, batch=4), (1, 12, 1))
    mpvn.recalibrate(net, [clips])
    np.testing.assert_allclose(net.run(clips)[:, -1], net.run(clips, training=True)[:, -1], atol=1e-6)


def test_what_cannot_be_recalibrated_leaves_all_as_it_was(one_line_error):
    net = dense_network(normalize=True)
    before = [np.asarray(v) for v in net.variables]
    one_line_error(lambda: mpvn.recalibrate(net, []), "at least one batch")
    one_line_error(lambda: mpvn.recalibrate(net, [BATCHES[0], BATCHES[0][..., :2]]), "shape")
    one_line_error(lambda: mpvn.recalibrate(net, BATCHES, num_batches=0), "num_batches")
    assert all(np.array_equal(v, value) for v, value in zip(net.variables, before, strict=True))
    one_line_error(lambda: mpvn.recalibrate(dense_network(), BATCHES), "no trainable batch normalisation")


def test_as_many_batches_as_are_wanted():
    averages = []
    for batches, wanted in ((BATCHES[:1], None), (iter(BATCHES), 1)):
        net = dense_network(normalize=True)
        assert mpvn.recalibrate(net, batches, wanted) == 1
        averages.append([np.asarray(v) for v in net.variables])
    assert all(np.array_equal(one, other) for one, other in zip(*averages, strict=True))
