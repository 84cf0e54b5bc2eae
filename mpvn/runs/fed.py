"""The inputs of a network, from data and task."""

from collections.abc import Callable

import tensorflow as tf

from mpvn.model.network import VideoNetwork
from mpvn.tasks.task import Task


def fed(task: Task, network: VideoNetwork) -> Callable[..., tuple[tf.Tensor, ...]]:
    """A function from a video in [0, 1] and its annotation to the network's video and the targets.

    Weights of frames, if any, are passed through.
    """

    def examples(video: tf.Tensor, annotation: tf.Tensor, *weights: tf.Tensor) -> tuple[tf.Tensor, ...]:
        video, targets = task.examples(video, annotation)
        return network.preprocessing.of_unit_range(video), targets, *weights

    return examples
