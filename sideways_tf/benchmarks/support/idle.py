"""A network in which units compute next to nothing: what it takes is what a tick takes beside the work of units."""

from collections.abc import Sequence
from dataclasses import replace

import keras
import tensorflow as tf

from mpvn.model.network import VideoNetwork


def idle(network: VideoNetwork) -> VideoNetwork:
    """A sequential network of the same units and edges, with outputs of the same shapes, that hardly computes."""
    units = [replace(unit, layer=_Idle(network.value_spec(unit.name).shape[1:])) for unit in network.wiring.units]
    return network.with_units(units)


class _Idle(keras.layers.Layer):
    """One number of each example, as often as the shape asks for; with a weight, so that there is a gradient.

    Args:
        shape: of the output, without the batch.
    """

    def __init__(self, shape: Sequence[int]) -> None:
        super().__init__()
        self.shape = tuple(shape)

    def build(self, input_shape) -> None:
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")

    def call(self, inputs: tf.Tensor | Sequence[tf.Tensor]) -> tf.Tensor:
        inputs = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        batch = tf.shape(inputs[0])[0]
        numbers = tf.add_n([tf.reshape(value, [batch, -1])[:, 0] for value in inputs]) * self.scale
        return tf.broadcast_to(tf.reshape(numbers, [batch, *[1] * len(self.shape)]), [batch, *self.shape])

    def compute_output_shape(self, input_shape) -> tuple:
        first = input_shape[0] if isinstance(input_shape, list) else input_shape
        return (first[0], *self.shape)
