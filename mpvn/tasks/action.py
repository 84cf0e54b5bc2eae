"""Action recognition: one label per clip."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mpvn.checked import checked
from mpvn.data.video_data import VideoData
from mpvn.errors import InputError
from mpvn.ranges import PositiveOrZero
from mpvn.results.strips import prediction_strip
from mpvn.tasks.mixup import ClassCrossEntropy, mixed
from mpvn.tasks.task import Task


class Action(Task):
    """One label per clip, from the mean of the logits over valid ticks (MPVN, section 4.1; Sideways, section 4.1).

    Args:
        mixup: alpha of the Beta distribution for mixing training clips, and their labels, with others of their batch; 0
            for no mixing. See `mpvn.tasks.mixup`.
    """

    targets_per = "clip"
    has_classes = True
    takes_weights = True
    mixup: float = 0.0  # also if a subclass does not call `__init__`

    @checked
    def __init__(self, mixup: PositiveOrZero = 0.0) -> None:
        self.mixup = mixup

    def network_arguments(self, data: VideoData) -> dict[str, Any]:
        if not data.class_names:
            raise InputError("action recognition needs classes, but this data has none: set train.task or train.data")
        if self.mixup and data.masked:
            raise InputError("action.mixup does not support short='mask': set one of them")
        return {"num_classes": len(data.class_names), "input_shape": data.frame_shape}

    def targets(self, video: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        return label

    def training_batches(self, data: VideoData, batches: tf.data.Dataset, seed: int, first: int) -> tf.data.Dataset:
        if not self.mixup:
            return batches
        return mixed(batches, self.mixup, len(data.class_names), seed, first)

    def loss(self) -> keras.losses.Loss:
        if self.mixup:
            return ClassCrossEntropy()
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def metrics(self) -> list:
        return ["accuracy"]

    def measure(
        self, targets: tf.Tensor, outputs: tf.Tensor, frames: tf.Tensor, weights: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Accuracy of the mean logits, and means over ticks.

        `accuracy` is of the clip; `tick accuracy` is the share of ticks whose own logits are largest for the right
        class; `loss` is the cross-entropy in nats. Ticks are weighted by weights, [batch, ticks], if given.
        """
        repeated = tf.repeat(targets[:, tf.newaxis], outputs.shape[1], axis=1)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(repeated, outputs)
        right = mean_over_ticks(outputs, weights).argmax(-1) == np.asarray(targets)
        of_ticks = np.argmax(outputs, axis=-1) == np.asarray(repeated)
        return {
            "accuracy": right.astype(float),
            "tick accuracy": mean_over_ticks(of_ticks, weights),
            "loss": mean_over_ticks(loss, weights),
        }

    def scores(self, outputs: tf.Tensor, weights: np.ndarray | None = None) -> np.ndarray:
        """Logits, mean over ticks."""
        return mean_over_ticks(outputs, weights)

    def picture(self, data: VideoData, video: np.ndarray, target: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        video = video[0] if video.ndim == 5 else video  # for a network over whole clips
        return prediction_strip(video, data.class_names[int(target)], data.class_names[guess(outputs)])

    def live(self, data: VideoData, frame: np.ndarray, output: np.ndarray) -> tuple[str, np.ndarray | None]:
        probabilities = self.classes(data, output)
        best = int(probabilities.argmax())
        return f"{data.class_names[best]} {100 * probabilities[best]:.0f}%", None

    def classes(self, data: VideoData, output: np.ndarray) -> np.ndarray:
        exponentials = np.exp(output - output.max())
        return exponentials / exponentials.sum()


def mean_over_ticks(values: tf.Tensor, weights: np.ndarray | None) -> np.ndarray:
    """The mean of values [batch, ticks, ...] over ticks, weighted by weights [batch, ticks] if given.

    If no tick of a clip counts, because its video ended before the first valid output, all its ticks are used.
    """
    values = np.asarray(values)
    if weights is None:
        return values.mean(axis=1)
    weights = np.where(weights.any(axis=1, keepdims=True), weights, 1.0)
    weights = (weights / weights.sum(axis=1, keepdims=True)).reshape(*weights.shape, *[1] * (values.ndim - 2))
    return (values * weights).sum(axis=1)


def guess(outputs: np.ndarray) -> int:
    """The predicted class of a clip, from its logits [ticks, classes]."""
    return int(np.argmax(np.mean(outputs, axis=0)))
