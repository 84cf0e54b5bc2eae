"""A layer that merges skip connections into its input."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.layers.chain import Chain
from mpvn.layers.types import Shape


@keras.saving.register_keras_serializable("mpvn")
class Merge(keras.layers.Layer):
    """A layer whose input is the first of several values, with the others added to it or concatenated.

    Args:
        layer: a layer that takes one value.
        skip: `"sum"` or `"concat"`, see `mpvn.with_skips`.

    Input shape: a list: the layer's input without skips, then maps `[batch, h, w, c]` or vectors `[batch, c]`.
    Output shape: that of the layer.
    """

    def __init__(self, layer: keras.layers.Layer, skip: str = "sum", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer, self.skip = layer, skip
        self.adapters: list[keras.layers.Layer] = []

    def build(self, input_shape: Shape) -> None:
        main, *others = (tuple(shape) for shape in input_shape)
        if not self.adapters:
            self.adapters = [self._adapter(shape, main) for shape in others]
        for adapter, shape in zip(self.adapters, others, strict=True):
            if not adapter.built:
                adapter.build(shape)
        if not self.layer.built:
            self.layer.build(self._merged(main, others))

    def call(self, inputs: Sequence[tf.Tensor], training: bool | None = None) -> tf.Tensor:
        main, *others = inputs
        values = [main, *(adapter(value) for adapter, value in zip(self.adapters, others, strict=True))]
        merged = _sum(values) if self.skip == "sum" else tf.concat(values, -1)
        return self.layer(merged, training=training)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        main, *others = (tuple(shape) for shape in input_shape)
        if not self.built:
            self.build(input_shape)
        return self.layer.compute_output_shape(self._merged(main, others))

    def _merged(self, main: Shape, others: Sequence[Shape]) -> Shape:
        if self.skip == "sum":
            return main
        added = [a.compute_output_shape(s)[-1] for a, s in zip(self.adapters, others, strict=True)]
        return (*main[:-1], main[-1] + sum(added))

    def _adapter(self, shape: Shape, main: Shape) -> keras.layers.Layer:
        """A layer that converts values of one shape so that they can be merged with values of another."""
        layers, dtype = keras.layers, self.dtype_policy
        if shape == main or (self.skip == "concat" and shape[:-1] == main[:-1]):
            return layers.Identity(dtype=dtype)
        pooling = [layers.GlobalAveragePooling2D(dtype=dtype)] if len(shape) == 4 else []
        if len(main) == 2 and len(shape) in (2, 4):
            linear = [layers.Dense(main[-1], use_bias=False, dtype=dtype)] if self.skip == "sum" else []
            return _in_a_row(pooling + linear, dtype)
        strides = _strides(shape, main) if len(shape) == len(main) == 4 else None
        if strides is None:
            raise InputError(f"a skip connection cannot convert {list(shape[1:])} to the size of {list(main[1:])}")
        if self.skip == "concat":
            return layers.AveragePooling2D(strides, padding="same", dtype=dtype)
        return layers.Conv2D(main[-1], 1, strides, padding="same", use_bias=False, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        layer = keras.saving.serialize_keras_object(self.layer)
        return super().get_config() | {"layer": layer, "skip": self.skip}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(keras.saving.deserialize_keras_object(config.pop("layer")), **config)


def _sum(values: Sequence[tf.Tensor]) -> tf.Tensor:
    # TensorFlow's optimiser turns several additions into temporary variables, which collide in loops.
    return values[0] + values[1] if len(values) == 2 else tf.reduce_sum(tf.stack(values), 0)


def _in_a_row(layers: Sequence[keras.layers.Layer], dtype: keras.DTypePolicy) -> keras.layers.Layer:
    return layers[0] if len(layers) == 1 else Chain(layers, dtype=dtype)


def _strides(shape: Shape, main: Shape) -> tuple[int, int] | None:
    """Strides from one height and width to another with "same" padding, or None if there are none."""
    strides = tuple(-(-from_ // to) for from_, to in zip(shape[1:3], main[1:3], strict=True))
    reached = tuple(-(-from_ // stride) for from_, stride in zip(shape[1:3], strides, strict=True))
    return strides if reached == main[1:3] else None
