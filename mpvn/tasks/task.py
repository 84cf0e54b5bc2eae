"""The base class of tasks."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from mpvn.data.video_data import VideoData
from mpvn.errors import InputError


class Task(ABC):
    """A task of a network.

    Attributes:
        targets_per: `"clip"` or `"frame"`.
        annotation: the annotation for the targets; see `VideoData.annotations`.
        ahead: distance in frames from the input frame to the target's frame; the last frames of a clip are only
            targets.
        has_classes: whether outputs are probabilities of classes; see `classes`.
        takes_weights: whether `measure` and `scores` take weights of ticks, float32 [batch, ticks], as a last argument;
            without it the task cannot be done on masked data.
    """

    targets_per: str
    annotation: str = "label"
    ahead: int = 0
    has_classes: bool = False
    takes_weights: bool = False

    @abstractmethod
    def network_arguments(self, data: VideoData) -> dict:
        """The arguments, from a `VideoData`, of a function that makes a network."""

    @abstractmethod
    def targets(self, video: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        """Targets of a batch: video [batch, time, ...], label (the annotation) [batch, ...]."""

    def examples(self, video: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Inputs and targets of a batch: video and targets of the same ticks."""
        targets = self.targets(video, label)
        return (video[:, : -self.ahead], targets[:, self.ahead :]) if self.ahead else (video, targets)

    def training_batches(self, data: VideoData, batches: tf.data.Dataset, seed: int, first: int) -> tf.data.Dataset:
        """Batches of (video, annotation) for training; by default unchanged.

        Args:
            data: data of the batches.
            batches: training batches.
            seed: seed of random draws.
            first: number of the first batch; not 0 if training resumes.
        """
        return batches

    @abstractmethod
    def loss(self) -> keras.losses.Loss:
        """The Keras loss."""

    @abstractmethod
    def metrics(self) -> list:
        """Keras metrics besides the loss."""

    @abstractmethod
    def measure(self, targets: tf.Tensor, outputs: tf.Tensor, frames: tf.Tensor) -> dict[str, np.ndarray]:
        """Measures of a network on each clip.

        Args:
            targets: targets of the compared ticks, [batch, ticks, ...], or [batch, ...] if they are per clip.
            outputs: [batch, ticks, ...].
            frames: input frames at those ticks, [batch, ticks, ...].

        Returns:
            {name: [batch]}, NaN for a clip without a measure; the mean over the others is reported.
        """

    def scores(self, outputs: tf.Tensor) -> np.ndarray | None:
        """Logits of classes for each clip, [batch, classes], from outputs [batch, ticks, ...]; None without classes."""
        return None

    @abstractmethod
    def picture(self, data: VideoData, video: np.ndarray, target: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """A picture of a network's result for one clip, uint8 [height, width, 3].

        Args:
            data: the `VideoData`.
            video: float [time, height, width, 3] in [0, 1].
            target: target of the clip.
            outputs: [time, ...], outputs at the valid ticks, which are the last ticks of the clip.
        """

    @abstractmethod
    def live(self, data: VideoData, frame: np.ndarray, output: np.ndarray) -> tuple[str, np.ndarray | None]:
        """A short text on one output of a stream, and an annotated frame.

        Args:
            data: the `VideoData` of the network's training.
            frame: the current frame, float [height, width, 3] in [0, 1], in the network's size.
            output: the network's output at this tick.

        Returns:
            Text, and a picture that replaces the frame, or None to keep the frame.
        """

    legend = ""
    """What `live` and `annotate` show, in a few words for an annotated video."""

    def classes(self, data: VideoData, output: np.ndarray) -> np.ndarray | None:
        """The probabilities of classes for the output of a tick, float [classes]; None if there are none."""
        return None

    def annotate(self, frame: np.ndarray, output: np.ndarray, place: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """A frame of a stream with annotations; by default unchanged.

        Args:
            frame: frame of the video, uint8 [height, width, 3], in the video's own size.
            output: the network's output at this tick.
            place: function from points in the network's frame to those in `frame`, [n, 2] each, (x, y) in pixels.

        Returns:
            uint8 [height, width, 3].
        """
        return frame


def check_masks(masked: bool, task: Task) -> None:
    """Raises InputError if data are masked, but the task does not support weights."""
    if masked and not task.takes_weights:
        raise InputError(
            f"short='mask' needs a task that can ignore frames, such as action, not {type(task).__name__}: set "
            f"another short"
        )
