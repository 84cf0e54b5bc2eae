"""Layers in sequence, and parallel chains of layers."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import tensorflow as tf

from mpvn.layers.types import Shape, Values


@keras.saving.register_keras_serializable("mpvn")
class Chain(keras.layers.Layer):
    """Layers in sequence. Several inputs are concatenated first, along the last axis.

    The reader concatenates, so that each of its inputs comes through a separate register and is no older than
    necessary.

    Args:
        layers: Keras layers in order.

    Input shape: `[batch, ..., channels]`, or a list of such shapes that differ in their channels only.
    Output shape: that of the last layer.
    """

    def __init__(self, layers: Sequence[keras.layers.Layer], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layers = list(layers)

    def build(self, input_shape: Shape) -> None:
        several = isinstance(input_shape, (list, tuple)) and isinstance(input_shape[0], (list, tuple))
        shape = (*input_shape[0][:-1], sum(s[-1] for s in input_shape)) if several else tuple(input_shape)
        for layer in self.layers:
            if not layer.built:  # a loaded layer is already built
                layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self._result_shape = shape

    def call(self, inputs: Values, training: bool | None = None) -> tf.Tensor:
        value = tf.concat(inputs, -1) if isinstance(inputs, (list, tuple)) else inputs
        for layer in self.layers:
            value = layer(value, training=training)
        return value

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if not self.built:
            self.build(input_shape)
        return self._result_shape

    def get_config(self) -> dict[str, Any]:
        layers = [keras.saving.serialize_keras_object(layer) for layer in self.layers]
        return super().get_config() | {"layers": layers}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        layers = [keras.saving.deserialize_keras_object(layer) for layer in config.pop("layers")]
        return cls(layers, **config)


@keras.saving.register_keras_serializable("mpvn")
class Branches(keras.layers.Layer):
    """Parallel chains over one input, concatenated along the last axis: an Inception block.

    Args:
        branches: lists of Keras layers, or Chains.
    """

    def __init__(self, branches: Sequence[Chain | Sequence[keras.layers.Layer]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.branches = [b if isinstance(b, Chain) else Chain(b, dtype=self.dtype_policy) for b in branches]

    def build(self, input_shape: Shape) -> None:
        for branch in self.branches:
            if not branch.built:
                branch.build(input_shape)

    def call(self, inputs: Values, training: bool | None = None) -> tf.Tensor:
        return tf.concat([branch(inputs, training=training) for branch in self.branches], -1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        shapes = [branch.compute_output_shape(input_shape) for branch in self.branches]
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))

    def get_config(self) -> dict[str, Any]:
        branches = [keras.saving.serialize_keras_object(branch) for branch in self.branches]
        return super().get_config() | {"branches": branches}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        branches = [keras.saving.deserialize_keras_object(branch) for branch in config.pop("branches")]
        return cls(branches, **config)
