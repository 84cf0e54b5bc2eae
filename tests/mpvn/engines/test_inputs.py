"""Data that does not say what it holds is refused in one line, before Keras builds anything."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import mpvn
from sideways_tf import SidewaysModel

VIDEO, TARGETS = np.zeros((2, 6, 8), "float32"), np.zeros((2, 6, 3), "float32")


@pytest.fixture(scope="module", params=[lambda network: network, SidewaysModel], ids=["VideoNetwork", "SidewaysModel"])
def model(request):
    model = request.param(mpvn.VideoNetwork([mpvn.Unit("a", keras.layers.Dense(3))], (8,)))
    model.compile("sgd", "mse", targets_per="frame")
    return model


def generated(video=None, targets=None):
    """A dataset whose elements have the given shapes; of None nothing is known."""
    signature = (tf.TensorSpec(video, tf.float32), tf.TensorSpec(targets, tf.float32))
    return tf.data.Dataset.from_generator(lambda: iter([(VIDEO, TARGETS)] * 2), output_signature=signature)


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_a_video_of_unknown_shape(one_line_error, model, method):
    data = generated() if method != "predict" else generated().map(lambda video, targets: video)
    message = one_line_error(lambda: getattr(model, method)(data, verbose=0), "the video is unknown", "TensorSpec")
    assert "[batch, time, 8]" in message and "ensure_shape" in message


@pytest.mark.parametrize("method", ["fit", "evaluate"])
def test_targets_of_unknown_shape(one_line_error, model, method):
    data = generated(video=[None, 6, 8])
    one_line_error(lambda: getattr(model, method)(data, verbose=0), "the targets is unknown", "TensorSpec")


def test_what_the_line_says_helps(model):
    model.fit(generated([None, 6, 8], [None, 6, 3]), verbose=0)
    told = generated().map(lambda v, t: (tf.ensure_shape(v, [None, 6, 8]), tf.ensure_shape(t, [None, 6, 3])))
    model.fit(told, verbose=0)
    model.predict(told.map(lambda video, targets: video), verbose=0)


def test_an_unknown_length_or_axis(one_line_error, model):
    one_line_error(lambda: model.fit(generated([None, None, 8], [None, None, 3])), "unknown number of frames")
    model.fit(generated([None, 6, None], [None, 6, 3]), verbose=0)


def test_types_that_no_network_takes(one_line_error, model):
    strings = tf.data.Dataset.from_tensors((tf.fill([2, 6, 8], "a"), TARGETS))
    one_line_error(lambda: model.fit(strings, verbose=0), "string", "floating point")
    one_line_error(lambda: model.predict(np.zeros((2, 6, 8), "int32"), verbose=0), "int32")


def test_ragged_and_sparse_videos(one_line_error, model):
    ragged = tf.RaggedTensor.from_tensor(VIDEO)
    one_line_error(lambda: model.fit(tf.data.Dataset.from_tensors((ragged, TARGETS))), "Ragged", "dense")
    sparse = tf.sparse.from_dense(VIDEO)
    one_line_error(lambda: model.fit(tf.data.Dataset.from_tensors((sparse, TARGETS))), "Sparse", "dense")


def test_within_a_function(one_line_error):
    network = mpvn.VideoNetwork([mpvn.Unit("a", keras.layers.Dense(3))], (8,))
    for call in (network.run, network, lambda video: network.step_chunk(video, network.initial_state(2))):
        function = tf.function(call, input_signature=[tf.TensorSpec(None, tf.float32)], autograph=False)
        one_line_error(function.get_concrete_function, "unknown", "[batch, ti")
