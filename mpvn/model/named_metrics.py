"""Makes metrics from their names before training begins.

Keras makes them within the training step, where creating variables causes a second trace, which doubles the time until
the first step.
"""

from typing import Any

import keras
import tensorflow as tf

BY_SHAPES = ("accuracy", "acc")


def made(metrics: Any) -> Any:
    """The metrics of `compile` with an object for each name; anything but a list is unchanged."""
    if isinstance(metrics, (list, tuple)):
        return [made(metric) if isinstance(metric, (list, tuple)) else _made(metric) for metric in metrics]
    return metrics


@keras.saving.register_keras_serializable("mpvn")
class AccuracyByShapes(keras.metrics.MeanMetricWrapper):
    """Keras's "accuracy": binary, of class indices, or of one-hot classes, depending on shapes."""

    def __init__(self, name: str = "accuracy", dtype: Any = None) -> None:
        super().__init__(_right, name=name, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype}


def _right(targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    if outputs.shape[-1] == 1:
        return keras.metrics.binary_accuracy(targets, outputs)
    if targets.shape.rank < outputs.shape.rank or targets.shape[-1] == 1:
        return keras.metrics.sparse_categorical_accuracy(targets, outputs)
    return keras.metrics.categorical_accuracy(targets, outputs)


def _made(metric: Any) -> Any:
    if not isinstance(metric, str):
        return metric
    if metric.lower() in BY_SHAPES:
        return AccuracyByShapes(metric)
    found = keras.metrics.get(metric)
    if not isinstance(found, keras.metrics.Metric):
        return keras.metrics.MeanMetricWrapper(found, name=metric)
    found.name = metric
    return found
