"""Top-1, top-5, classes and confusion, counted by hand."""

import numpy as np
import pytest
import tensorflow as tf

from mpvn.results.classification import Classification

NAMES = [f"class {c}" for c in "abcdef"]


@pytest.fixture
def three():
    """Three videos of a, b, b: the first is right, the second is taken for a, the third for c with b the last."""
    scores = np.array([[9, 1, 2, 3, 4, 5], [9, 8, 1, 2, 3, 4], [5, 0, 9, 4, 3, 2]], float)
    return Classification(NAMES, np.array([0, 1, 1]), scores)


def test_tops(three):
    assert three.top(1) == pytest.approx(1 / 3) and three.top(2) == pytest.approx(2 / 3)
    assert three.tops == {"top-1": pytest.approx(1 / 3), "top-5": pytest.approx(2 / 3)}
    assert three.top(6) == 1
    few = Classification(NAMES[:2], np.array([0]), np.array([[0.0, 0.0]]))
    assert few.tops == {"top-1": 1.0}  # of equal scores the first


def test_classes_and_confusion(three):
    expected = np.zeros([6, 6], int)
    expected[0, 0] = expected[1, 0] = expected[1, 2] = 1
    np.testing.assert_array_equal(three.confusion, expected)
    assert three.by_class() == [
        {"class": "class a", "videos": 1, "right": 1.0, "most taken for": ""},
        {"class": "class b", "videos": 2, "right": 0.0, "most taken for": "class a"},
    ]


def test_a_video_is_what_its_clips_are_most_probably_in_the_mean():
    """Of the first video two clips are unsure of b, and one is sure of a: the mean of the logits would say b."""
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6], [0.02, 0.98], [0.9, 0.1], [0.3, 0.7]])
    logits = np.log(probabilities) + np.array([[0.0], [5], [-3], [1], [2], [0]])  # as far as softmax goes, the same
    made = Classification.of_clips(NAMES[:2], np.array([0, 0, 0, 1, 1, 1]), logits, 3)
    np.testing.assert_allclose(np.exp(made.scores), [[1.7 / 3, 1.3 / 3], [1.22 / 3, 1.78 / 3]], atol=1e-12)
    assert made.top(1) == 1 and list(made.labels) == [0, 1] and made.by_class()[0]["videos"] == 1
    logits = np.log([[0.51, 0.49], [0.51, 0.49], [0.01, 0.99]])
    assert Classification.of_clips(NAMES[:2], np.array([1, 1, 1]), logits, 3).top(1) == 1


def test_unlikely_classes_keep_their_order():
    scores = np.array([[0.0, -900, -800, -1000, -700, -600]] * 2, np.float32)
    assert np.argsort(-Classification.of_clips(NAMES, np.zeros(2, int), scores, 2).scores[0]).tolist() == [
        0,
        5,
        4,
        2,
        1,
        3,
    ]


def test_the_picture_has_a_dark_cell_for_a_class_that_is_right(three, tmp_path):
    picture = tf.io.decode_png(tf.io.read_file(str(three.draw(tmp_path / "confusion.png"))), channels=3).numpy()
    assert picture.shape[0] > 300 and (picture.astype(int).sum(-1) < 300).mean() > 0.005
