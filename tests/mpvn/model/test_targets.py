"""Which output is compared with which target."""

import numpy as np
import pytest
import tensorflow as tf
from cases import chain, schedule

from mpvn.model.targets import align, clip_predictions, targets_per


def values(*shape):
    return tf.reshape(tf.range(np.prod(shape), dtype=tf.float32), shape)


@pytest.mark.parametrize(
    ("targets", "outputs", "expected"),
    [
        ((2,), (2, 8, 5), "clip"),
        ((2, 5), (2, 8, 5), "clip"),
        ((2, 8), (2, 8, 5), "frame"),
        ((2, 8, 5), (2, 8, 5), "frame"),
        ((2, 8, 1), (2, 8, 5), "frame"),
        ((2, 8), (2, 8), "frame"),
        ((2, 8, 4, 4, 3), (2, 8, 4, 4, 3), "frame"),
        ((2, 4, 4, 3), (2, 8, 4, 4, 3), "clip"),
        ((2, 8, 4, 4), (2, 8, 4, 4, 3), "frame"),
        ((2, 4, 4), (2, 8, 4, 4, 3), "clip"),
    ],
)
def test_inferred(targets, outputs, expected):
    assert targets_per(values(*targets), values(*outputs)) == expected


@pytest.mark.parametrize(
    ("targets", "outputs"),
    [((2, 5), (2, 5, 5)), ((2, 1), (2, 8, 5)), ((2, 4), (2, 8, 5)), ((2, 8, 4, 3), (2, 8, 8, 4, 3))],
)
def test_what_can_be_mistaken_must_be_said(one_line_error, targets, outputs):
    one_line_error(lambda: targets_per(values(*targets), values(*outputs)), str(targets), "targets_per")


def test_what_is_said_counts(one_line_error):
    assert targets_per(values(2, 5), values(2, 5, 5), "clip") == "clip"
    assert targets_per(values(2, 5), values(2, 5, 5), "frame") == "frame"
    one_line_error(lambda: targets_per(values(2), values(2, 5, 5), "video"), "'video'", "'clip'")
    one_line_error(lambda: targets_per(values(2), values(2, 5, 5), "frame"), "5 frames")
    one_line_error(lambda: targets_per(values(2, 4), values(2, 5, 5), "frame"), "5 frames")


@pytest.mark.parametrize("latency", [0, 1, 2, 4])
def test_an_output_meets_the_target_of_an_earlier_frame(latency):
    # Three subnetworks: outputs are valid from tick 2 on.
    found, reach = schedule(chain(3), latency), max(2, latency)
    targets, outputs = align(values(2, 7), 100 + values(2, 7), found, "frame")
    assert (outputs - 100).numpy()[0].tolist() == list(range(reach, 7))
    assert targets.numpy()[0].tolist() == [tick - latency for tick in range(reach, 7)]
    targets, outputs = align(tf.constant([5.0, 6.0]), values(2, 7), found, "clip")
    assert targets.numpy().tolist() == [[5] * (7 - reach), [6] * (7 - reach)]
    assert outputs.shape == (2, 7 - reach)


def test_a_clip_without_a_tick_to_compare_is_refused(one_line_error):
    one_line_error(lambda: align(values(2, 3), values(2, 3), schedule(chain(4)), "frame"), "3 frames", "4 frames")
    one_line_error(lambda: align(values(2, 3), values(2, 3), schedule(chain(1), 3), "frame"), "3 frames", "4 frames")


def test_the_prediction_for_a_clip_is_the_mean_over_valid_ticks():
    targets, predictions = clip_predictions(values(2), values(2, 4, 1), schedule(chain(3)))
    assert targets.numpy().tolist() == [0, 1]
    assert predictions.numpy().tolist() == [[2.5], [6.5]]
    weights = tf.constant([[1.0, 0, 0, 0], [0, 0, 0, 1]])  # of the first clip, no frame that a valid tick is about
    _, weighed = clip_predictions(values(2), values(2, 4, 1), schedule(chain(3)), "clip", weights)
    assert weighed.numpy().tolist() == [[2.5], [7]]
    targets, predictions = clip_predictions(values(2, 4, 1), values(2, 4, 1), schedule(chain(3)))
    assert predictions.shape == targets.shape == (2, 2, 1)
