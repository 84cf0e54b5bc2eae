"""A layer that stacks the previous output of a later unit onto its output."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import tensorflow as tf

from mpvn.layers.dense_head import upsample
from mpvn.layers.types import Shape


@keras.saving.register_keras_serializable("mpvn")
class StackFeedback(keras.layers.Layer):
    """A layer over all inputs except the last one, which is stacked onto the layer's output.

    Args:
        layer: a layer that returns `[batch, height, width, channels]`.

    Input shape: a list: the layer's inputs, and feedback, `[batch, h, w, c]` or `[batch, c]`.
    Output shape: `[batch, height, width, channels + c]`.
    """

    def __init__(self, layer: keras.layers.Layer, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Shape) -> None:
        shapes = input_shape[:-1]
        if not self.layer.built:
            self.layer.build(shapes[0] if len(shapes) == 1 else shapes)

    def call(self, inputs: Sequence[tf.Tensor], training: bool | None = None) -> tf.Tensor:
        *inputs, feedback = inputs
        inputs = inputs[0] if len(inputs) == 1 else inputs
        value = self.layer(inputs, training=training)
        if feedback.shape.rank == 4:
            feedback = upsample(feedback, tuple(value.shape[1:3]))
        else:
            feedback = tf.broadcast_to(
                feedback[:, tf.newaxis, tf.newaxis],
                tf.concat([tf.shape(value)[:3], tf.shape(feedback)[-1:]], 0),
            )
        return tf.concat([value, feedback], -1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        *shapes, feedback = input_shape
        shape = self.layer.compute_output_shape(shapes[0] if len(shapes) == 1 else shapes)
        return (*shape[:-1], shape[-1] + feedback[-1])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"layer": keras.saving.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        layer = keras.saving.deserialize_keras_object(config.pop("layer"))
        return cls(layer, **config)
