"""MixUp: what is mixed with what and by which share, its loss, and that training goes on where it was."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from commands import bad, good

from mpvn.tasks import Action
from mpvn.tasks.mixup import ClassCrossEntropy, beta, mixed

CLASSES = 5
WALKERS = {
    "train.data": "@walkers", "walkers.num_frames": 8, "walkers.size": 16, "walkers.num_train": 12,
    "walkers.num_validation": 12, "walkers.num_test": 12, "train.network": "@network", "network.base": "@simple_cnn",
    "simple_cnn.width": 0.0625, "network.num_subnetworks": 2, "train.task": "@action", "action.mixup": 0.4,
    "train.report_every": 1, "train.batch_size": 4, "train.validation_clips": 4, "train.deterministic": True,
}  # fmt: skip


def batches(count=6, size=4, seed=0, first=0, alpha=0.5):
    """Clip n of a batch is n everywhere, and of class n, so that what is mixed tells its parts."""
    clips = tf.repeat(tf.reshape(tf.range(size, dtype=tf.float32), [-1, 1]), 3, 1)
    same = tf.data.Dataset.from_tensors((clips, tf.range(size, dtype=tf.int64))).repeat(count)
    made = list(mixed(same.skip(first), alpha, CLASSES, seed, first))
    return [(video.numpy(), label.numpy()) for video, label in made]


def test_clips_and_labels_are_mixed_by_the_same_share_with_the_same_partner():
    shares = set()
    for video, label in batches():
        np.testing.assert_allclose(label.sum(1), 1, atol=1e-6)
        np.testing.assert_allclose(video, np.repeat(label @ np.arange(CLASSES)[:, None], 3, 1), atol=1e-5)
        mixtures = label[(label > 1e-6).sum(1) == 2]
        own = [row[n] for n, row in enumerate(label) if row[n] < 1 - 1e-6]
        assert len(mixtures) == len(own) > 0 and np.ptp(own) < 1e-6  # one share for all of a batch
        assert np.isclose(label.sum(0)[:4], 1, atol=1e-6).all()  # every clip is the partner of one
        shares.add(round(float(own[0]), 4))
    assert len(shares) == 6


def test_a_batch_depends_on_its_number_and_the_seed():
    whole, later, other = batches(), batches(first=4), batches(seed=1)
    assert len(later) == 2
    for one, two in zip(whole[4:], later, strict=True):
        np.testing.assert_array_equal(one[0], two[0])
    assert not np.array_equal(whole[0][1], other[0][1])


@pytest.mark.parametrize(("alpha", "variance"), [(0.2, 0.25 / 1.4), (1.0, 1 / 12), (4.0, 0.25 / 9)])
def test_shares_are_of_the_beta_distribution(alpha, variance):
    """Its mean is 1/2, and its variance 1 / (4 (2 alpha + 1))."""
    seeds = tf.stack([tf.zeros([1500], tf.int32), tf.range(1500)], 1)
    draw = tf.function(lambda: tf.map_fn(lambda seed: beta(seed, alpha), seeds, fn_output_signature=tf.float64))
    drawn = draw().numpy()
    assert drawn.min() >= 0 and drawn.max() <= 1
    assert drawn.mean() == pytest.approx(0.5, abs=0.04) and drawn.var() == pytest.approx(variance, rel=0.12)


def test_a_share_of_a_tiny_alpha_is_a_number():
    assert {round(float(beta([3, number], 1e-6)), 6) for number in range(10)} == {0.0, 1.0}


def test_the_loss_takes_indices_and_probabilities():
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(2, 3, CLASSES)).astype(np.float32), np.array([[0, 1, 2], [3, 4, 0]])
    loss = ClassCrossEntropy()
    of_indices = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
    assert float(loss(labels, logits)) == pytest.approx(float(of_indices), rel=1e-5)
    one_hot = np.eye(CLASSES, dtype=np.float32)[labels]
    assert float(loss(one_hot, logits)) == pytest.approx(float(of_indices), rel=1e-5)
    mixture = 0.3 * one_hot + 0.7 * one_hot[::-1]  # the loss is linear in the labels
    expected = 0.3 * of_indices + 0.7 * loss(one_hot[::-1], logits)
    assert float(loss(mixture, logits)) == pytest.approx(float(expected), rel=1e-5)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert float(again(mixture, logits)) == float(loss(mixture, logits))


def test_without_mixup_nothing_changes():
    data = tf.data.Dataset.range(3)
    assert Action().training_batches(None, data, 0, 0) is data
    assert type(Action().loss()) is keras.losses.SparseCategoricalCrossentropy


def train(module: str, folder, steps: int, **changes) -> list[dict]:
    settings = WALKERS | changes | {"walkers.data_dir": repr(str(folder.parent / "data")), "train.steps": steps}
    good(module, *(f"--gin_param={name}={value}" for name, value in settings.items()), f"--model_dir={folder}")
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_run_with_mixtures_goes_on_where_it_was(tmp_path):
    whole = train("mpvn.train", tmp_path / "whole", 2)
    train("mpvn.train", tmp_path / "broken", 1)
    broken = train("mpvn.train", tmp_path / "broken", 2)
    losses = [[(row["step"], row["loss"], row["val_loss"]) for row in rows] for rows in (whole, broken)]
    assert losses[0] == losses[1] and len(losses[0]) == 2
    good("mpvn.evaluate", f"--model_dir={tmp_path / 'whole'}")
    assert train("mpvn.train", tmp_path / "plain", 1, **{"action.mixup": 0})[0]["loss"] != whole[0]["loss"]


def test_sideways_trains_on_mixtures(tmp_path):
    (row,) = train("sideways_tf.train", tmp_path / "run", 1, **{"train.model": "@SidewaysModel"})
    assert 0 <= row["val_accuracy"] <= 1 and 1 < row["loss"] < 10


def test_a_wrong_alpha_is_one_line(tmp_path):
    flags = [f"--gin_param={name}={value}" for name, value in (WALKERS | {"action.mixup": -1}).items()]
    assert "mixup=-1" in bad("mpvn.train", *flags, "--gin_param=train.steps=1", f"--model_dir={tmp_path}")
