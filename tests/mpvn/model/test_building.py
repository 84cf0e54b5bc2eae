"""What a unit's layer gives, and of what size frames are, is checked where a network is made."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import mpvn


class Gives(keras.layers.Layer):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, x):
        return self.function(x)


class SaysItself(Gives):
    """Says what it gives, which Keras then does not find out."""

    def compute_output_shape(self, shape):
        return [shape, shape]


def network_of(layer, shape=(8,)):
    return mpvn.VideoNetwork([mpvn.Unit("my_unit", layer, ["frame"])], shape)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (Gives(lambda x: (x, x)), ["a tuple of 2", "one tensor"]),
        (Gives(lambda x: [x]), ["a list of 1"]),
        (Gives(lambda x: {"x": x}), ["a dict of 1"]),
        (Gives(lambda x: None), ["nothing"]),
        (Gives(lambda x: "text"), ["text"]),
        (Gives(lambda x: 3.0), ["3.0"]),
        (SaysItself(lambda x: (x, x)), ["a list of 2"]),
        (Gives(lambda x: tf.argmax(x, -1)), ["int64", "floating point"]),
        (Gives(lambda x: x > 0), ["bool"]),
        (Gives(lambda x: tf.cast(x, tf.complex64)), ["complex64"]),
        (Gives(tf.sparse.from_dense), ["sparse", "dense"]),
        (Gives(tf.reduce_sum), ["[]", "batch as first axis"]),
        (Gives(lambda x: tf.reduce_mean(x, 0)), ["[8]", "batch"]),
        (Gives(lambda x: tf.reduce_mean(x, 0, keepdims=True)), ["[1, 8]", "batch"]),
        (Gives(tf.transpose), ["[8, None]", "batch"]),
        (Gives(lambda x: tf.reshape(x, [-1, 2])), ["[40028, 2]", "10007 examples"]),
        (Gives(lambda x: tf.reshape(x, [-1])), ["batch"]),
        (Gives(lambda x: tf.concat([x, x], 0)), ["[20014, 8]", "batch"]),
        (Gives(lambda x: tf.boolean_mask(x, x[0] > 0, axis=1)), ["[None]", "fixed sizes"]),
    ],
)
def test_what_no_register_holds_is_refused(one_line_error, layer, words):
    one_line_error(lambda: network_of(layer), "'my_unit'", *words)


@pytest.mark.parametrize("arguments", [{"return_state": True}, {"return_state": True, "return_sequences": True}])
def test_a_layer_of_keras_with_several_values(one_line_error, arguments):
    one_line_error(lambda: network_of(keras.layers.LSTM(4, **arguments), (5, 8)), "'my_unit'", "a tuple of 3")


def test_a_model_with_several_outputs_is_no_unit(one_line_error):
    frame = keras.Input((8,))
    model = keras.Model(frame, [keras.layers.Dense(2)(frame), keras.layers.Dense(3)(frame)])
    one_line_error(lambda: network_of(model), "'my_unit'", "a list of 2")


def test_ragged_values_are_refused_at_the_first_call(one_line_error):
    network = network_of(Gives(tf.RaggedTensor.from_tensor))
    one_line_error(lambda: mpvn.Stream(network).step(np.zeros((1, 8), "float32")), "'my_unit'", "ragged")


@pytest.mark.parametrize("shape", [(None, None, 3), (None,), (8, -1, 3), (0, 8, 3), (8.0, 8, 3), ("8", 8, 3), None])
def test_frames_without_a_size_are_refused(one_line_error, shape):
    one_line_error(lambda: network_of(keras.layers.Activation("relu"), shape), "input_shape=", "(112, 112, 3)")


def test_sizes_may_be_of_numpy():
    network = network_of(keras.layers.Dense(2), np.array([8]))
    assert network.frame_shape == (8,) and type(network.frame_shape[0]) is int


def test_a_layer_that_takes_one_input_only(one_line_error):
    both = keras.Sequential([keras.layers.Concatenate(), keras.layers.Dense(2)])
    units = [mpvn.Unit("a", keras.layers.Dense(2), ["frame"]), mpvn.Unit("b", both, ["a", "frame"])]
    message = one_line_error(lambda: mpvn.VideoNetwork(units, (3,)), "'b' cannot take a [2], frame [3]")
    assert "\x1b" not in message and "Arguments received" not in message
