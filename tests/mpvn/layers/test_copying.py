"""Copies of layers hold all that the layers hold, and nothing together with them."""

import collections
import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from eager import eagerly
from four_devices import FOUR, PLACES
from keras import layers

from mpvn import Unit, VideoNetwork
from mpvn.layers.chain import Branches, Chain
from mpvn.layers.copying import CannotCopy, Copier, copied

DATA = np.random.default_rng(0).normal(5, 3, (64, 8)).astype("float32")
IMAGES = np.random.default_rng(0).normal(5, 3, (4, 8, 8, 3)).astype("float32")


class Holder:
    """A plain object that a layer keeps."""

    def __init__(self, layer):
        self.layer, self.factor = layer, 2.0


class Own(layers.Layer):
    """Not registered: layers in a list, a dict and a plain object, a tf.Variable, a closure and a bound method."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.several = [layers.Dense(8), {"last": layers.Dense(8)}]
        self.holder = Holder(layers.Dense(8))
        self.holder.layer.build((None, 8))
        self.raw = tf.Variable([3.0], name="raw")
        self.array = np.full(8, 2.0, np.float32)
        factor = self.raw
        self.scale = lambda value: value * factor
        self.plus = functools.partial(self.add, amount=self.raw)

    def build(self, shape):
        for layer in (self.several[0], self.several[1]["last"]):
            layer.build(shape)

    def add(self, value, amount):
        return value + amount + self.holder.factor

    def call(self, inputs):
        value = self.holder.layer(self.several[1]["last"](self.several[0](inputs)))
        return self.plus(self.scale(value)) * self.array


def adapted(**kwargs):
    layer = layers.Normalization(**kwargs)
    layer.adapt(DATA)
    return layer


def built(layer, change=lambda layer: None, shape=(None, 8)):
    layer.build(shape)
    change(layer)
    return layer


def as_text(value):
    return tf.strings.as_string(tf.cast(value, "int32"))


def floats():
    return layers.Lambda(lambda value: tf.cast(value, "float32"))


def functional():
    """A model with a shared layer, an operation and a compiled state, called by another model, too."""
    frame, shared = keras.Input((8,)), layers.Dense(8, activation="tanh")
    model = keras.Model(frame, shared(keras.ops.multiply(shared(frame), 2.0)), name="inner")
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(DATA, DATA, verbose=0)
    keras.Model(frame, model(frame))
    return model


def frozen():
    layer = keras.Sequential([layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.5, seed=3)])
    layer.build((None, 8))
    layer.layers[0].trainable = False
    return layer


class Residual(keras.Model):
    """Made as a functional model is, with a call of its own."""

    def call(self, inputs, training=None):
        return super().call(inputs, training=training) + inputs


def residual():
    frame = keras.Input((8,))
    return Residual(frame, layers.Dense(8)(frame))


Pair = collections.namedtuple("Pair", "first second")


class Contained(tf.Module):
    """TensorFlow's own containers of variables."""

    def __init__(self):
        super().__init__()
        self.several, self.named = [tf.Variable(2.0)], {"shift": tf.Variable(1.0)}


class Containers(layers.Layer):
    """Layers in a named tuple and in an ordered dict; a module and a generator of TensorFlow's; slots."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.pair = Pair(layers.Dense(8), layers.Dense(8))
        self.ordered = collections.OrderedDict(last=layers.Dense(8))
        self.module, self.generator, self.slots = Contained(), tf.random.Generator.from_seed(1), Slots()

    def build(self, shape):
        for layer in (*self.pair, self.ordered["last"]):
            layer.build(shape)

    def call(self, inputs):
        value = self.ordered["last"](self.pair.second(self.pair.first(inputs))) * self.module.several[0]
        return self.slots.layer(value) + self.module.named["shift"] + self.generator.normal([8])


class Slots:
    __slots__ = ("layer",)

    def __init__(self):
        self.layer = built(layers.Dense(8))


KINDS = {
    "containers": Containers,
    "looked up": lambda: Chain([layers.Lambda(as_text), layers.StringLookup(vocabulary=["1", "2", "5"]), floats()]),
    "recurrent": lambda: Chain([layers.Reshape((2, 4)), layers.RNN([layers.LSTMCell(4), layers.GRUCell(8)])]),
    "float8": lambda: built(layers.Dense(8), lambda layer: layer.quantize("float8")),
    "adapted": adapted,
    "inverted": lambda: adapted(invert=True),
    "given mean": lambda: layers.Normalization(mean=[3.0] * 8, variance=[2.0] * 8),
    "lora": lambda: built(layers.Dense(8), lambda layer: layer.enable_lora(2)),
    "int8": lambda: built(layers.Dense(8), lambda layer: layer.quantize("int8")),
    "policy map": lambda: layers.Dense(8, dtype=keras.dtype_policies.DTypePolicyMap()),
    "own": Own,
    "lambda": lambda: layers.Lambda(lambda value: 2.0 * value),
    "spectral": lambda: layers.SpectralNormalization(layers.Dense(8)),
    "functional": functional,
    "frozen": frozen,
    "residual": residual,
    "chain": lambda: Chain([layers.Dense(8), Branches([[layers.Dense(4)], [layers.Dense(4), layers.ReLU()]])]),
    "regularized": lambda: layers.Dense(8, kernel_regularizer="l2", kernel_constraint="max_norm"),
    "discretized": lambda: Chain([layers.Discretization([0.0, 5.0]), floats()]),
    "hashed": lambda: Chain([layers.Hashing(5), floats()]),
}
IMAGE_KINDS = {
    "flip": lambda: layers.RandomFlip(seed=1),
    "sequence": lambda: layers.Bidirectional(layers.LSTM(2, return_sequences=True)),
    "distributed": lambda: layers.TimeDistributed(layers.Dense(2)),
    "attention": lambda: Attention(),
    "convolution": lambda: keras.Sequential([layers.SpatialDropout2D(0.5), layers.DepthwiseConv2D(3)]),
}


# Loops of layers in the loop over ticks take long to trace; tests/test_layer_matrix.py places some compiled.
LOOPS = ("recurrent", "sequence")


class Attention(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.attention = layers.MultiHeadAttention(2, 4, dropout=0.1)

    def call(self, inputs, training=None):
        rows = tf.reshape(inputs, [-1, 8, 24])
        return self.attention(rows, rows, training=training)


def network_of(kind):
    if kind in IMAGE_KINDS:
        first, shape = IMAGE_KINDS[kind](), (8, 24) if kind in ("sequence", "distributed") else (8, 8, 3)
    else:
        first, shape = KINDS[kind](), (8,)
    last = Chain([layers.Flatten(), layers.Dense(3)])
    return VideoNetwork([Unit("first", first, ["frame"]), Unit("last", last, ["first"])], shape).parallel(2)


@pytest.mark.parametrize("kind", [*KINDS, *IMAGE_KINDS])
def test_a_placed_network_gives_the_same_numbers_on_its_devices(kind):
    net = network_of(kind)
    placed = net.place(FOUR[1:3])
    again = placed.place(FOUR[3:])
    clip = np.random.default_rng(0).normal(5, 3, (3, 4, *net.frame_shape)).astype("float32")
    for training in (False, True):  # training draws random numbers: the same ones
        engine = "ticked" if training else None
        with eagerly(kind in LOOPS):
            wanted, *found = (which.run(clip, engine, training=training) for which in (net, placed, again))
        assert np.abs(wanted).max() > 1e-3
        for outputs in found:
            np.testing.assert_allclose(outputs, wanted, rtol=1e-6, atol=1e-6)
    for variable, copy in zip(net.variables, placed.variables, strict=True):
        assert variable is not copy and variable.value is not copy.value
        assert (variable.path, variable.trainable, variable.dtype) == (copy.path, copy.trainable, copy.dtype)
        assert (variable.regularizer is None) == (copy.regularizer is None)
        np.testing.assert_array_equal(variable, copy)
    assert [v.path for v in net.trainable_variables] == [v.path for v in placed.trainable_variables]
    for number, unit in enumerate(placed.wiring.units):
        devices = {variable.value.device for variable in unit.layer.variables if "seed" not in variable.path}
        assert devices <= {PLACES[1 + number]}
    # Nothing is held together: changing the one changes nothing in the other.
    for variable in net.weights:
        variable.assign(tf.zeros_like(variable))
    for variable, copy in zip(placed.weights, again.weights, strict=True):
        np.testing.assert_array_equal(variable, copy)


def test_all_that_an_own_layer_holds_is_copied():
    own = Own()
    own(DATA[:1])
    copier = Copier()
    copier.device = PLACES[2]
    copy = copier(own)
    for variable in (own.raw, own.holder.layer.kernel, own.several[1]["last"].kernel):
        variable.assign(tf.zeros_like(variable))
    own.array[:] = 0
    assert np.abs(copy(DATA[:1])).max() > 1
    assert copy.raw.device == copy.holder.layer.kernel.value.device == PLACES[2]
    assert copy.plus.func.__self__ is copy and copy.plus.keywords["amount"] is copy.raw
    assert copy.scale.__closure__[0].cell_contents is copy.raw


def test_what_is_shared_stays_shared():
    shared, norm = layers.Dense(8), adapted()
    units = [
        Unit("a", Chain([norm, shared]), ["frame"]),
        Unit("b", shared, ["a"]),
        Unit("c", keras.Sequential([shared, norm]), ["b"]),
    ]
    net = VideoNetwork(units, (8,)).parallel(3)
    placed = net.place(FOUR[1:])
    assert len(placed.variables) == len(net.variables)
    a, b, c = (unit.layer for unit in placed.wiring.units)
    assert a.layers[1] is b is c.layers[0] and a.layers[0] is c.layers[1]
    assert b.kernel.value.device == PLACES[1]
    clip = DATA[np.newaxis, :6]
    np.testing.assert_allclose(placed(clip), net(clip), rtol=1e-5)


def test_a_copied_layer_can_be_changed_as_the_original():
    layer = built(keras.Sequential([layers.Dense(8), layers.Dense(4)]))
    copy = Copier()(layer)
    copy.layers[0].enable_lora(2)
    copy.layers[1].quantize("int8")
    assert len(layer.variables) == 4 and len(copy.variables) == 4 + 2 + 1
    copy.trainable = False
    assert not copy.trainable_variables and len(layer.trainable_variables) == 4


def test_functions_compiled_by_a_layer_itself_are_refused(one_line_error):
    layer = layers.Dense(2)
    layer.build((None, 8))
    layer.own_function = tf.function(lambda value: value @ layer.kernel)
    with pytest.raises(CannotCopy):
        Copier()(layer)
    one_line_error(lambda: copied({"head": layer}, {}), "'head'", "own_function", "tf.function")
