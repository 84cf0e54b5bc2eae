"""Metrics by their names: the same as Keras's own, also after a network was saved."""

import keras
import numpy as np
import pytest
from tiny import dense_network, video

import mpvn

CLASSES = np.array([0, 1, 1, 0, 1])
TARGETS = {"indices": CLASSES, "one-hot": np.eye(2, dtype="float32")[CLASSES], "column": CLASSES[:, None]}


@pytest.fixture(scope="module")
def net():
    return dense_network("float32", seed=3)


@pytest.mark.parametrize("kind", TARGETS)
def test_accuracy_is_that_of_the_targets(net, kind):
    clip = video(6, batch=5, dtype="float32")
    loss = "categorical_crossentropy" if kind == "one-hot" else "sparse_categorical_crossentropy"
    net.compile(loss=loss, metrics=["accuracy"], weighted_metrics=["acc"], targets_per="clip")
    found = net.evaluate(clip, TARGETS[kind], sample_weight=np.array([1.0, 0, 0, 0, 0]), verbose=0, return_dict=True)
    right = np.asarray(net(clip)).mean(1).argmax(-1) == CLASSES
    assert 0 < right.mean() < 1
    assert found["accuracy"] == pytest.approx(right.mean()) and found["acc"] == right[0]


def test_accuracy_of_one_output():
    net = mpvn.VideoNetwork([mpvn.Unit("same", keras.layers.Identity(), ["frame"])], (1,))
    net.compile(loss="mse", metrics=["accuracy"], targets_per="frame")
    clip = np.array([0.2, 0.7, 0.9], "float32").reshape(1, 3, 1)
    assert net.evaluate(clip, np.array([[[0.0], [1.0], [0.0]]]), verbose=0)[1] == pytest.approx(2 / 3)


def test_names_are_kept_and_saved(net, tmp_path):
    names = ["accuracy", "mae", "kl_divergence"]
    net.compile("sgd", "mse", metrics=names, targets_per="clip")
    clip, targets = video(6, dtype="float32"), np.full((2, 2), 0.5, "float32")
    before = net.evaluate(clip, targets, verbose=0, return_dict=True)
    net.save(tmp_path / "net.keras")
    loaded = keras.models.load_model(tmp_path / "net.keras")
    assert loaded.evaluate(clip, targets, verbose=0, return_dict=True) == pytest.approx(before)
    assert set(before) == {"loss", *names}


def test_unknown_names_are_refused(net):
    with pytest.raises(ValueError, match="fame"):
        net.compile(loss="mse", metrics=["fame"])
