"""Small dense networks that the numpy reference can follow, in float64."""

import functools

import keras
import numpy as np
import tensorflow as tf

import mpvn
import sideways_tf
from mpvn.layers.chain import Chain

CHAIN = {"a": ["frame"], "b": ["a"], "c": ["b"], "d": ["c"], "e": ["d"]}
SKIP_ONE = {"a": ["frame"], "b": ["a"], "c": ["b", "a"], "d": ["c", "b"], "e": ["d", "c"]}
SKIP_ALL = {"a": ["frame"], "b": ["a"], "c": ["b", "a"], "d": ["c", "b", "a"], "e": ["d", "c", "b", "a"]}
WIRINGS = {"chain": CHAIN, "skip one": SKIP_ONE, "skip all": SKIP_ALL}


def network(wiring, dtype="float64"):
    """A sequential network of one dense layer per unit: 3 features in, 4 out; `wiring` is one of `WIRINGS`."""
    keras.utils.set_random_seed(1)
    units = []
    for name, inputs in WIRINGS[wiring].items():
        dense = keras.layers.Dense(4, "tanh", bias_initializer="normal", dtype=dtype)
        units.append(mpvn.Unit(name, Chain([dense], dtype=dtype), inputs))
    return mpvn.VideoNetwork(units, (3,))


shared_network = functools.cache(network)  # for tests that leave weights alone


def weights_of(net):
    return {u.name: tuple(np.asarray(v) for v in u.layer.trainable_variables) for u in net.wiring.units}


def square(targets, outputs):
    return tf.reduce_mean((targets - outputs) ** 2, -1)


def gradients_of(net, video, targets, gradients, engine):
    """Loss and gradients of a training step of the mean squared error, and the weights that it leaves behind."""
    loss, values = sideways_tf.pseudo_gradients(
        net, video, targets, keras.losses.mean_squared_error, gradients, engine, training=True
    )
    return [loss, *values, *net.weights]


def assert_engines_agree(make, video, targets, gradients, **tolerance):
    """Both engines give the same `gradients_of` a network that `make` makes."""
    found = [gradients_of(make(), video, targets, gradients, engine) for engine in ("folded", "ticked")]
    for folded, ticked in zip(*found, strict=True):
        np.testing.assert_allclose(folded, ticked, **tolerance)
