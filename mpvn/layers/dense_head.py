"""The layer of a dense prediction head: maps of several resolutions, upsampled and concatenated."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mpvn.layers.chain import Chain
from mpvn.layers.types import Shape, Values


@keras.saving.register_keras_serializable("mpvn")
class DenseHead(Chain):
    """A Chain over feature maps of several resolutions, which are first bilinearly upsampled.

    Source: MPVN, section 3.1.

    Args:
        layers: Keras layers in order.
        size: (height, width) of the upsampled maps.

    Input shape: `[batch, height, width, channels]`, or a list of such shapes.
    Output shape: that of the last layer for `[batch, *size, sum of the channels]`.
    """

    def __init__(self, layers: Sequence[keras.layers.Layer], size: Sequence[int], **kwargs: Any) -> None:
        super().__init__(layers, **kwargs)
        height, width = size
        self.size = (height, width)

    def build(self, input_shape: Shape) -> None:
        several = isinstance(input_shape[0], (list, tuple))
        shapes = input_shape if several else [input_shape]
        super().build([(shape[0], *self.size, shape[-1]) for shape in shapes])

    def call(self, inputs: Values, training: bool | None = None) -> tf.Tensor:
        inputs = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        return super().call([upsample(maps, self.size) for maps in inputs], training=training)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"size": list(self.size)}


def upsample(maps: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Bilinear interpolation between the centres of pixels.

    Args:
        maps: [batch, height, width, channels].
        size: (height, width) of the result.

    Returns:
        [batch, *size, channels].
    """
    batch = -1 if maps.shape[0] is None else maps.shape[0]
    height, width, channels = maps.shape[1:]
    # As matrix products: TensorFlow's resizing always returns float32.
    if height != size[0]:
        maps = _weights(height, size[0], maps.dtype) @ tf.reshape(maps, [batch, height, width * channels])
    if width != size[1]:
        maps = _weights(width, size[1], maps.dtype) @ tf.reshape(maps, [-1, width, channels])
    return tf.reshape(maps, [batch, *size, channels])


def _weights(source: int, target: int, dtype: tf.DType) -> tf.Tensor:
    """[target, source]: weight of every source pixel in every target pixel, along one axis."""
    position = np.clip((np.arange(target) + 0.5) * source / target - 0.5, 0, source - 1)
    return tf.constant(np.maximum(0, 1 - np.abs(position[:, np.newaxis] - np.arange(source))), dtype)
