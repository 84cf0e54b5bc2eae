"""Weights of classes where every frame has a class of its own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import mpvn
from mpvn.model.class_weights import weights_of
from sideways_tf import SidewaysModel

RNG = np.random.default_rng(0)
VIDEO, CLASSES = RNG.normal(size=(4, 6, 5)).astype("float32"), RNG.integers(0, 3, (4, 6))
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
TABLE = {0: 1.5, 1: 5.0}


def test_of_indices_and_one_hot():
    wanted = np.vectorize(lambda index: TABLE.get(index, 1.0))(CLASSES)
    for targets in (CLASSES, CLASSES[..., np.newaxis], CLASSES.astype("float32"), ONE_HOT):
        np.testing.assert_array_equal(weights_of(TABLE, targets, rank=3), wanted)


@pytest.mark.parametrize("wrap", [lambda net: net, SidewaysModel], ids=["network", "sideways"])
@pytest.mark.parametrize("form", ["arrays", "one-hot", "dataset"])
def test_every_frame_counts_by_its_class(wrap, form):
    keras.utils.set_random_seed(0)
    net = mpvn.VideoNetwork([mpvn.Unit("a", keras.layers.Dense(3), inputs=["frame"])], input_shape=(5,))
    logits = np.asarray(net(VIDEO), "float64")
    values = np.log(np.exp(logits).sum(-1)) - (logits * ONE_HOT).sum(-1)
    wanted = (values * np.vectorize(lambda index: TABLE.get(index, 1.0))(CLASSES)).mean()
    kind = keras.losses.CategoricalCrossentropy if form == "one-hot" else keras.losses.SparseCategoricalCrossentropy
    model = wrap(net)
    model.compile(keras.optimizers.SGD(0.0), kind(from_logits=True), targets_per="frame")
    targets = ONE_HOT if form == "one-hot" else CLASSES
    data = (tf.data.Dataset.from_tensor_slices((VIDEO, targets)).batch(4),) if form == "dataset" else (VIDEO, targets)
    history = model.fit(*data, class_weight=TABLE, verbose=0).history
    assert history["loss"][0] == pytest.approx(wanted, rel=1e-5)


def test_what_cannot_be_weighed(one_line_error):
    net = mpvn.VideoNetwork([mpvn.Unit("a", keras.layers.Dense(3), inputs=["frame"])], input_shape=(5,))
    net.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), targets_per="frame")
    one_line_error(
        lambda: net.fit(VIDEO, CLASSES, class_weight=TABLE, sample_weight=np.ones(4)), "class_weight and sample_weight"
    )

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return VIDEO, CLASSES

    one_line_error(lambda: net.fit(Batches(), class_weight=TABLE), "does not support this form of data")
