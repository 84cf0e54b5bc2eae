"""What a network is fed with, from what data and task give."""

from collections.abc import Callable

import tensorflow as tf

from mpvn.model.network import VideoNetwork
from mpvn.tasks.task import Task


def fed(task: Task, network: VideoNetwork) -> Callable[..., tuple[tf.Tensor, ...]]:
    """A function of a video in [0, 1] and its annotation that gives the network's video, and the targets.

    Weights of frames, where there are some, go through it.
    """

    def examples(video: tf.Tensor, annotation: tf.Tensor, *weights: tf.Tensor) -> tuple[tf.Tensor, ...]:
        video, targets = task.examples(video, annotation)
        return network.preprocessing.of_unit_range(video), targets, *weights

    return examples
