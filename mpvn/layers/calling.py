"""Calls the layer of a unit, with the training flag for all inner layers, and collects added losses."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from mpvn.layers.keras_insides import take_losses
from mpvn.layers.types import Values


class Flagged(keras.layers.Layer):
    """Calls a function under a training flag.

    Keras only passes the flag to inner layers from a layer whose `call` has the argument; this one does.
    """

    def __init__(self, function: Callable[[Values], tf.Tensor]) -> None:
        super().__init__(autocast=False, name="unit")
        self.function = function

    def call(self, values: Values, training: bool) -> tf.Tensor:
        return self.function(values)


def call_layer(layer: keras.layers.Layer, values: Values, training: bool) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Calls a layer with a training flag that reaches all layers in it, whatever the signatures of their `call`.

    Returns:
        The layer's output, and the sum of the losses that it adds (`add_loss`, activity regularizers), a scalar, or
        None if there is none. Penalties of weights are not included.
    """
    take_losses(layer)
    outputs = Flagged(lambda values: layer(values))(values, training=training)
    losses = [_scalar(loss) for loss in take_losses(layer)]
    return outputs, tf.add_n(losses) if losses else None


def _scalar(loss: Any) -> tf.Tensor:
    """A loss of any shape and type as a scalar, as in Keras."""
    dtype = tf.float64 if loss.dtype == tf.float64 else keras.config.floatx()
    return tf.reduce_sum(tf.cast(loss, dtype))
