"""Heads for other classes: what counts as a classifier, what is made anew, and what stays."""

import keras
import numpy as np
import pytest
from keras import layers

import mpvn
from mpvn.layers.chain import Chain
from mpvn.transforms.class_head import with_class_head

VIDEO = np.random.default_rng(0).uniform(0, 1, (1, 3, 12, 12, 3)).astype("float32")


def model(*tail):
    body = [layers.Conv2D(4, 3, 2, name="body"), layers.BatchNormalization(), layers.ReLU()]
    return keras.Sequential([keras.Input((12, 12, 3)), *body, *tail])


def converted(*tail):
    keras.utils.set_random_seed(0)
    return mpvn.from_keras(model(*tail), white=1.0)


DENSE = [layers.GlobalAveragePooling2D, lambda: layers.Dense(5, name="top")]
CLASSIFIERS = {
    "dense": DENSE,
    "softmax within": [layers.GlobalAveragePooling2D, lambda: layers.Dense(5, "softmax", name="top")],
    "softmax after": [*DENSE, layers.Softmax],
    "sigmoid after": [*DENSE, lambda: layers.Activation("sigmoid")],
    "dropout after": [*DENSE, lambda: layers.Dropout(0.5)],
    "convolution": [lambda: layers.Conv2D(5, 1, name="top"), layers.GlobalAveragePooling2D],
    "squeezed": [lambda: layers.Conv2D(5, 1, activation="relu", name="top"), layers.GlobalAveragePooling2D]
    + [lambda: layers.Activation("softmax")],
    "reshaped": [lambda: layers.Conv2D(5, 5, name="top"), lambda: layers.Reshape((5,)), layers.Softmax],
}
FEATURES = {
    "maps": [],
    "pooled": [layers.GlobalAveragePooling2D],
    "pooled convolution": [lambda: layers.Conv2D(6, 1, activation="relu"), layers.GlobalMaxPooling2D],
    "relu": [layers.GlobalAveragePooling2D, lambda: layers.Dense(6, "relu")],
    "normalised": [layers.GlobalAveragePooling2D, lambda: layers.Dense(6), layers.BatchNormalization],
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_is_made_anew_and_the_rest_stays(name):
    network = converted(*(part() for part in CLASSIFIERS[name]))
    body = {variable.path: variable for unit in network.wiring.units for variable in unit.layer.weights}
    fitted, done = with_class_head(network, 7)
    assert fitted.run(VIDEO).shape == (1, 3, 7) and "top" in done and "was replaced" in done
    assert fitted.wiring.names == network.wiring.names
    kept = [v for unit in fitted.wiring.units for v in unit.layer.weights if any(v is known for known in body.values())]
    assert len(kept) == len(body) - 2  # all but the kernel and the bias of the classifier
    assert ("softmax or sigmoid was removed" in done) == any(
        word in name for word in ("softmax", "sigmoid", "squeezed", "reshaped")
    )
    # Logits: no softmax is left, so outputs need not sum to one.
    assert not np.allclose(np.sum(fitted.run(VIDEO), -1), 1)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_of_as_many_classes_stays_but_gives_logits(name):
    parts = [part() for part in CLASSIFIERS[name]]
    network = converted(*parts)
    before = network.run(VIDEO).numpy()
    fitted, done = with_class_head(network, 5, "keep")
    after = fitted.run(VIDEO).numpy()
    assert "is kept" in done
    if "sigmoid" in name:
        after = 1 / (1 + np.exp(-after))
    elif "softmax or sigmoid was removed" in done:
        after = np.exp(after) / np.exp(after).sum(-1, keepdims=True)
    np.testing.assert_allclose(after, before, atol=1e-6)
    # Without its softmax, what ends in a rectifier cannot be told from features.
    assert ("was replaced" in with_class_head(fitted, 5, "new")[1]) == (name != "squeezed")


@pytest.mark.parametrize("name", FEATURES)
def test_features_get_a_further_unit(name):
    network = converted(*(part() for part in FEATURES[name]))
    before = len(network.weights)
    fitted, done = with_class_head(network, 4)
    assert fitted.wiring.output == "head" and "'head'" in done
    assert fitted.run(VIDEO).shape == (1, 3, 4) and len(fitted.weights) == before + 2


def test_networks_of_units():
    network = mpvn.networks.simple_cnn(3, (16, 16, 3), 0.1)
    fitted, _ = with_class_head(network, 4)
    assert fitted.parallel(6).run(np.zeros((1, 8, 16, 16, 3), np.float32)).shape == (1, 8, 4)
    units = [mpvn.Unit("a", layers.Dense(3)), mpvn.Unit("b", Chain([layers.Dense(2)]), ["a"])]
    assert with_class_head(mpvn.VideoNetwork(units, (5,)), 4)[0].run(np.zeros((1, 2, 5), np.float32)).shape == (1, 2, 4)
    (first, _) = units
    alone, _ = with_class_head(mpvn.VideoNetwork([first], (5,)), 4)
    assert alone.run(np.zeros((1, 2, 5), np.float32)).shape == (1, 2, 4)


def test_what_does_not_fit_is_one_line():
    network = converted(*(part() for part in DENSE))
    for arguments, words in [((7, "keep"), "5 classes, not 7"), ((7, "other"), "head='other' is unknown")]:
        with pytest.raises(mpvn.InputError, match=words):
            with_class_head(network, *arguments)
    with pytest.raises(mpvn.InputError, match="features"):
        with_class_head(converted(), 4, "keep")
