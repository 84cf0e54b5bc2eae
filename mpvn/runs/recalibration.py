"""Moving averages of batch normalisation from a run's training clips; see `mpvn.recalibrate`."""

from typing import Any

import keras
import tensorflow as tf

from mpvn.data.video_data import VideoData
from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork
from mpvn.model.recalibration import recalibrate, trained_normalizations
from mpvn.runs.fed import fed
from mpvn.runs.progress import Progress
from mpvn.tasks.task import Task


def training_batches(
    data: VideoData, task: Task, network: VideoNetwork, num_clips: int, batch_size: int
) -> tf.data.Dataset:
    """At least `num_clips` training clips as the network takes them, drawn by class, in whole batches."""
    whole = -(-num_clips // batch_size) * batch_size
    batches = data.some_batches("train", whole, batch_size, annotation=task.annotation)
    return batches.map(fed(task, network))


class Recalibration(keras.callbacks.Callback):
    """Recalibrates after the last step, before the last report.

    Args:
        progress: knows the step; it must precede this callback in the list.
        last: the last step.
        num_clips: number of clips to recalibrate on.
        batch_size: batch size of training.

    Raises:
        InputError: the network has no averages to compute.
    """

    def __init__(self, progress: Progress, last: int, num_clips: int, batch_size: int) -> None:
        super().__init__()
        self.progress, self.last, self.num_clips, self.batch_size = progress, last, num_clips, batch_size
        if not trained_normalizations(progress.network):
            raise InputError(
                f"train.recalibration_clips={num_clips}, but the network has no trainable batch normalisation: "
                f"leave it out"
            )

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.progress.step == self.last:
            progress = self.progress
            recalibrate(
                progress.network,
                training_batches(progress.data, progress.task, progress.network, self.num_clips, self.batch_size),
            )
