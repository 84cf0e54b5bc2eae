"""How the layer of a unit is called: with the training flag for all that is in it, and what it adds to the loss."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from mpvn.layers.keras_insides import take_losses
from mpvn.layers.types import Values


class Flagged(keras.layers.Layer):
    """Calls a function under a training flag.

    Keras hands the flag of a layer down to the layers in it only from a layer whose `call` names it; this one does.
    """

    def __init__(self, function: Callable[[Values], tf.Tensor]) -> None:
        super().__init__(autocast=False, name="unit")
        self.function = function

    def call(self, values: Values, training: bool) -> tf.Tensor:
        return self.function(values)


def call_layer(layer: keras.layers.Layer, values: Values, training: bool) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Calls a layer with a training flag that reaches all layers in it, whatever the signatures of their `call`.

    Returns:
        What the layer gives, and the sum of the losses that it adds (`add_loss`, activity regularizers), a scalar, or
        None if there is none. Penalties of weights are not among them.
    """
    take_losses(layer)
    outputs = Flagged(lambda values: layer(values))(values, training=training)
    losses = [_scalar(loss) for loss in take_losses(layer)]
    return outputs, tf.add_n(losses) if losses else None


def _scalar(loss: Any) -> tf.Tensor:
    """As Keras takes a loss of any shape and type into account."""
    dtype = tf.float64 if loss.dtype == tf.float64 else keras.config.floatx()
    return tf.reduce_sum(tf.cast(loss, dtype))
