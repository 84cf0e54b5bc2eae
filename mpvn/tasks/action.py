"""Action recognition: one label per clip."""

import keras
import numpy as np
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.results.pictures import prediction_strip
from mpvn.tasks.task import Task


class Action(Task):
    """One label per clip, from the mean of the logits over valid ticks (MPVN, section 4.1; Sideways, section 4.1)."""

    targets_per = "clip"

    def network_arguments(self, data):
        if not data.class_names:
            raise InputError("action recognition needs classes, and this data has none: set train.task or train.data")
        return {"num_classes": len(data.class_names), "input_shape": data.frame_shape}

    def targets(self, video, label):
        return label

    def loss(self):
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def metrics(self):
        return ["accuracy"]

    def measure(self, targets, outputs, frames):
        """Whether the mean logits are largest for the right class, and the cross-entropy in nats, mean over ticks."""
        repeated = tf.repeat(targets[:, tf.newaxis], outputs.shape[1], axis=1)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(repeated, outputs)
        right = np.mean(outputs, axis=1).argmax(-1) == np.asarray(targets)
        return {"accuracy": right.astype(float), "loss": tf.reduce_mean(loss, axis=1).numpy()}

    def picture(self, data, video, target, outputs):
        video = video[0] if video.ndim == 5 else video  # of a network over whole clips
        return prediction_strip(video, data.class_names[int(target)], data.class_names[guess(outputs)])

    def live(self, data, frame, output):
        exponentials = np.exp(output - output.max())
        best = int(output.argmax())
        return f"{data.class_names[best]} {100 * exponentials[best] / exponentials.sum():.0f}%", None


def guess(outputs) -> int:
    """The predicted class of a clip, from its logits [ticks, classes]."""
    return int(np.argmax(np.mean(outputs, axis=0)))
