"""What was compiled before layers changed is not used after it."""

import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from mpvn import Stream, Unit, VideoNetwork
from mpvn.layers.chain import Chain
from mpvn.layers.settings import Settings

DATA = np.random.default_rng(0).normal(5, 3, (64, 8)).astype("float32")
CLIP = DATA[:12].reshape(2, 6, 8)


class Parts:
    def __init__(self):
        self.shift = 0.0


class Own(layers.Layer):
    """With a setting of its own, one in a list and one in a plain object; it notes down what it gave, and how often."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.factor, self.parts, self.rates, self.count, self.counts = 1.0, Parts(), [2.0], 0, True

    def call(self, inputs):
        if self.counts:
            self.count += 1
        self.last = inputs * self.factor * self.rates[0] + self.parts.shift
        return self.last


@pytest.fixture
def net():
    middle = Chain([layers.Normalization(), layers.Dropout(0.5, seed=1), layers.Dense(8), layers.BatchNormalization()])
    units = [Unit("own", Own(), ["frame"]), Unit("middle", middle, ["own"]), Unit("head", layers.Dense(3), ["middle"])]
    return VideoNetwork(units, (8,)).parallel(2)


def own(net):
    return net.wiring["own"].layer


def middle(net):
    return net.wiring["middle"].layer.layers


def raises_the_mean(layer):
    layer.adapt_mean.assign_add(tf.ones(8))


CHANGES = {
    "adapt": lambda net: middle(net)[0].adapt(DATA),
    "bare variables": lambda net: raises_the_mean(middle(net)[0]),
    "quantize": lambda net: net.wiring["head"].layer.quantize("int8"),
    "lora": lambda net: with_lora(net.wiring["head"].layer),
    "activation": lambda net: setattr(net.wiring["head"].layer, "activation", tf.tanh),
    "attribute": lambda net: setattr(own(net), "factor", 3.0),
    "in a list": lambda net: own(net).rates.__setitem__(0, 5.0),
    "in an object": lambda net: setattr(own(net).parts, "shift", 1.0),
    "another layer": lambda net: middle(net).__setitem__(1, layers.Rescaling(3.0)),
}


def with_lora(layer):
    layer.enable_lora(2)
    layer.lora_kernel_b.assign(tf.ones_like(layer.lora_kernel_b))


@pytest.mark.parametrize("change", CHANGES)
def test_changes_are_heard(net, change):
    net.compile("sgd", "mse")
    stream = Stream(net, 2)

    def found(net, stream):
        stream.reset()
        return {
            "folded": net.run(CLIP, "folded"),
            "ticked": net.run(CLIP, "ticked"),
            "stream": tf.stack([stream.step(CLIP[:, tick]) for tick in range(6)], 1)[:, net.schedule.valid_from :],
            "watched": net.activations(CLIP, ["middle"])[1]["middle"],
            "predicted": net.predict(CLIP, verbose=0),
        }

    before = found(net, stream)
    CHANGES[change](net)
    after, fresh = found(net, stream), net.parallel(2)
    wanted = found(fresh, Stream(fresh, 2))
    for name, value in after.items():
        np.testing.assert_allclose(value, wanted[name], atol=1e-5, err_msg=name)
    assert np.abs(after["folded"] - before["folded"]).max() > 1e-3


@pytest.mark.parametrize("change", ["rate", "frozen"])
def test_changes_of_training_are_heard(net, change):
    net.run(CLIP, "ticked", training=True)
    if change == "rate":
        middle(net)[1].rate = 0.0
    else:
        middle(net)[3].trainable = False
    found = net.run(CLIP, "ticked", training=True)
    averages = middle(net)[3].moving_mean.numpy()
    if change == "rate":  # nothing is drawn any more
        np.testing.assert_allclose(net.run(CLIP, "ticked", training=True), found, atol=1e-5)
    else:
        net.run(CLIP, "ticked", training=True)
        np.testing.assert_array_equal(middle(net)[3].moving_mean, averages)


def test_what_calls_leave_behind_traces_nothing_again(net):
    streams = Stream(net, 2), Stream(net, 2)
    for tick in range(4):
        for stream in streams:
            stream.step(CLIP[:, tick])
        net.run(CLIP, "folded")
    assert [stream.num_traces for stream in streams] == [1, 1] and net.functions.num_traces == 1
    own(net).factor = 1.0  # another object, but the same setting
    net.run(CLIP, "folded")
    assert net.functions.num_traces == 1


def test_fit_hears_of_layers_that_change(net):
    """Keras's own function of an earlier call is not used either."""
    own(net).counts = False
    net.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=False)
    targets = np.zeros((2, 6, 3), "float32")
    losses = [net.evaluate(CLIP, targets, verbose=0)]
    own(net).factor = 3.0
    losses.append(net.evaluate(CLIP, targets, verbose=0))
    assert abs(losses[0] - losses[1]) > 1e-3
    function = net.test_function
    net.evaluate(CLIP, targets, verbose=0)
    assert net.test_function is function


def test_looking_takes_a_fraction_of_a_step():
    """Against what is wrong by an order of magnitude only: 300 layers in well under a frame's time."""
    several = Settings([layers.Dense(2) for _ in range(300)])
    begin = time.perf_counter()
    for _ in range(10):
        assert not several.changed()
    assert (time.perf_counter() - begin) / 10 < 0.01
