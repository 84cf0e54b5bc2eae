"""Decoupled modules: intervals, rates and schedules of their own, against plain descent by hand."""

import keras
import numpy as np
import pytest
from small import network, square

from sideways_tf import SidewaysModel, pseudo_gradients
from sideways_tf.decoupled import decoupled

TIME = 20


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, TIME, 3)), rng.normal(size=(2, TIME, 4))


def trained(optimizers, count=1):
    net = network("skip one").parallel(count)
    model = SidewaysModel(net, update="tick")
    model.compile(optimizers, loss=square, targets_per="frame")
    before = [np.asarray(v) for v in net.trainable_variables]
    model.train_on_clips(*data())
    return net, before


def test_an_interval_averages_pseudo_gradients():
    """With one subnetwork, every tick's gradient is exact: five ticks make one step of descent with their mean."""
    # Keras keeps rates in single precision, so no closer than that.
    found, _ = trained(decoupled(0.1, optimizers="sgd", rates=[1.0], intervals=5))
    by_hand = network("skip one")
    video, targets = data()
    for begin in range(0, TIME, 5):
        _, gradients = pseudo_gradients(
            by_hand, video[:, begin : begin + 5], targets[:, begin : begin + 5], square, targets_per="frame"
        )
        for variable, gradient in zip(by_hand.trainable_variables, gradients, strict=True):
            variable.assign_sub(0.1 * gradient)
    for one, other in zip(found.trainable_variables, by_hand.trainable_variables, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-8)


def test_every_subnetwork_has_its_own_rate_and_interval():
    # The first subnetwork stands still, the second one never comes to its first update.
    parts = decoupled(0.1, optimizers="sgd", rates=[0.0, 1.0, 1.0, 1.0, 1.0], intervals=[1, 1000, 1, 1, 1])
    net, before = trained(parts, 5)
    moved = [not np.array_equal(a, v) for a, v in zip(before, net.trainable_variables, strict=True)]
    assert moved == [False] * 4 + [True] * 6


def test_a_schedule_counts_the_updates_of_its_subnetwork():
    falling = keras.optimizers.schedules.PiecewiseConstantDecay([3], [0.1, 0.0])
    stopped, _ = trained(decoupled(0.1, optimizers="sgd", rates=[falling]))
    video, targets = data()
    by_hand = network("skip one")
    model = SidewaysModel(by_hand, update="tick")
    model.compile(keras.optimizers.SGD(0.1), loss=square, targets_per="frame")
    model.train_on_clips(video[:, :4], targets[:, :4])  # updates 0 .. 3
    for one, other in zip(stopped.trainable_variables, by_hand.trainable_variables, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_no_subnetwork_depends_on_the_weights_above_it_within_a_tick():
    """What a subnetwork learns at a tick does not change when a later one has another optimizer altogether."""
    slow, _ = trained(decoupled(0.01, optimizers="sgd", rates=[1.0] * 5), 5)
    # Only the head differs, and in the last two ticks nothing of that can have reached the first subnetwork.
    late = keras.optimizers.schedules.PiecewiseConstantDecay([TIME - 4 - 2], [0.01, 1.0])
    fast, _ = trained(decoupled(0.01, optimizers="sgd", rates=[1.0, 1.0, 1.0, 1.0, late]), 5)
    a, b = ([np.asarray(v) for v in net.trainable_variables] for net in (slow, fast))
    assert all(np.array_equal(x, y) for x, y in zip(a[:2], b[:2], strict=True))
    assert not np.array_equal(a[-1], b[-1])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rates": [1.0, 2.0], "intervals": [1]}, ["2 rates", "1 intervals"]),
        ({"rates": [1.0], "intervals": 0}, ["decoupled.intervals=0", "at least 1"]),
        ({"rates": [1.0], "optimizers": "fast"}, ["'fast'"]),
    ],
)
def test_bad_settings_are_one_line(settings, words, one_line_error):
    one_line_error(lambda: decoupled(0.1, **settings), *words)


def test_too_few_optimizers_are_one_line(one_line_error):
    one_line_error(lambda: trained(decoupled(0.1, rates=[1.0, 1.0]), 5), "2 optimizers for 5 subnetworks")
