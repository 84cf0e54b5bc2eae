"""What every task says of itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from mpvn.data.video_data import VideoData
from mpvn.errors import InputError


class Task(ABC):
    """What a network is trained for.

    Attributes:
        targets_per: `"clip"` or `"frame"`.
        annotation: what of the data the targets are made of; see `VideoData.annotations`.
        ahead: how many frames later than the frame that goes in the target's frame is; the last frames of a clip only
            serve as targets.
        has_classes: whether outputs say how probable classes are; see `classes`.
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
        """What a function that makes a network needs to know of a `VideoData`."""

    @abstractmethod
    def targets(self, video: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        """Targets of a batch: video [batch, time, ...], label (the annotation) [batch, ...]."""

    def examples(self, video: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """What a network gets and what it is compared with, for a batch: video and targets of the same ticks."""
        targets = self.targets(video, label)
        return (video[:, : -self.ahead], targets[:, self.ahead :]) if self.ahead else (video, targets)

    def training_batches(self, data: VideoData, batches: tf.data.Dataset, seed: int, first: int) -> tf.data.Dataset:
        """Batches of (video, annotation) as they are trained on; by default as they come.

        Args:
            data: that they are of.
            batches: in training.
            seed: of whatever is drawn.
            first: number of the first batch; where training goes on, it is not 0.
        """
        return batches

    @abstractmethod
    def loss(self) -> keras.losses.Loss:
        """The Keras loss."""

    @abstractmethod
    def metrics(self) -> list:
        """Keras metrics beside the loss."""

    @abstractmethod
    def measure(self, targets: tf.Tensor, outputs: tf.Tensor, frames: tf.Tensor) -> dict[str, np.ndarray]:
        """How good a network is on each clip.

        Args:
            targets: of the compared ticks, [batch, ticks, ...], or [batch, ...] if they are per clip.
            outputs: [batch, ticks, ...].
            frames: that went in at those ticks, [batch, ticks, ...].

        Returns:
            {name: [batch]}, NaN for a clip that has nothing to measure; the mean over the others is reported.
        """

    def scores(self, outputs: tf.Tensor) -> np.ndarray | None:
        """Logits of classes for each clip, [batch, classes], from outputs [batch, ticks, ...]; None without classes."""
        return None

    @abstractmethod
    def picture(self, data: VideoData, video: np.ndarray, target: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """A picture of what a network does with one clip, uint8 [height, width, 3].

        Args:
            data: the `VideoData`.
            video: float [time, height, width, 3] in [0, 1].
            target: of the clip.
            outputs: [time, ...], of the valid ticks, which are the last of the clip's.
        """

    @abstractmethod
    def live(self, data: VideoData, frame: np.ndarray, output: np.ndarray) -> tuple[str, np.ndarray | None]:
        """A few words on one output of a stream, and the frame with what belongs on it.

        Args:
            data: the `VideoData` that the network was trained on.
            frame: the current frame, float [height, width, 3] in [0, 1], in the network's size.
            output: of the network at this tick.

        Returns:
            Words, and a picture to put on the frame's place, or None to leave the frame as it is.
        """

    legend = ""
    """What `live` and `annotate` show, in a few words for an annotated video."""

    def classes(self, data: VideoData, output: np.ndarray) -> np.ndarray | None:
        """How probable the output of a tick makes every class, float [classes]; None if there are none."""
        return None

    def annotate(self, frame: np.ndarray, output: np.ndarray, place: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """A frame of a stream with marks on it; by default it stays as it is.

        Args:
            frame: of the video, uint8 [height, width, 3], in the video's own size.
            output: of the network at this tick.
            place: function from points in the network's frame to those in `frame`, [n, 2] each, (x, y) in pixels.

        Returns:
            uint8 [height, width, 3].
        """
        return frame


def check_masks(masked: bool, task: Task) -> None:
    """Raises InputError if data are masked, and a task takes no weights."""
    if masked and not task.takes_weights:
        raise InputError(
            f"short='mask' is for tasks that can leave frames out, such as action, not {type(task).__name__}: set "
            f"another short"
        )
