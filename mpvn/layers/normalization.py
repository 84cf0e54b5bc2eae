"""Batch normalisation per tick, and normalisation with adapted statistics."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.layers.batch_statistics import taken
from mpvn.layers.keras_insides import layers_inside
from mpvn.layers.ticks import current
from mpvn.layers.types import Shape


@keras.saving.register_keras_serializable("mpvn")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's batch normalisation with the statistics of each tick's batch.

    A network that works frame by frame only has the batch of one tick. To give the same result when time is folded
    into the batch axis, this layer normalises each tick's batch separately and updates the moving averages once per
    valid execution, in tick order. Weights, arguments and inference are those of Keras.

    Input shape: `[folded ticks * batch, ..., channels]`, channels last.
    Output shape: the same.

    Ours: the papers do not say over which ticks statistics are taken.
    """

    def build(self, input_shape: Shape) -> None:
        """Makes the weights.

        Raises:
            InputError: the normalised axis is not the last one.
        """
        if self.axis not in (-1, len(input_shape) - 1):
            raise InputError(f"BatchNormalization(axis={self.axis}): expected the last axis, -1, for channels")
        super().build(input_shape)

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None) -> tf.Tensor:
        """Normalises [batch, ..., channels], in training each tick's examples by themselves."""
        if not training or not self.trainable:
            return super().call(inputs, training=False)
        return normalize_per_tick(self, inputs)


def normalize_per_tick(layer: keras.layers.BatchNormalization, inputs: tf.Tensor) -> tf.Tensor:
    """Runs a built batch normalisation, ours or Keras's, in training with the statistics of each tick's batch.

    Args:
        layer: a layer over the last axis; its weights are used and its moving averages updated.
        inputs: `[folded ticks * batch, ..., channels]`, in the layer's compute dtype.
    """
    folded, valid = current()
    # Half precision has too few digits for sums over a batch.
    dtype = tf.float32 if inputs.dtype in (tf.float16, tf.bfloat16) else inputs.dtype
    grouped = tf.reshape(tf.cast(inputs, dtype), tf.concat([[folded, -1], tf.shape(inputs)[1:]], 0))
    grouped = tf.ensure_shape(grouped, [folded, None, *inputs.shape[1:]])
    axes = list(range(1, grouped.shape.rank - 1))
    mean, variance = tf.nn.moments(grouped, axes, keepdims=True)
    scale = tf.math.rsqrt(variance + layer.epsilon)
    if layer.scale:
        scale *= tf.cast(layer.gamma, dtype)
    outputs = (grouped - mean) * scale
    if layer.center:
        outputs += tf.cast(layer.beta, dtype)
    if (statistics := taken()) is not None:
        statistics.take(layer, mean, variance)
    _move(layer.moving_mean, layer.momentum, mean, folded, valid)
    _move(layer.moving_variance, layer.momentum, variance, folded, valid)
    return tf.cast(tf.reshape(outputs, tf.shape(inputs)), inputs.dtype)


def _move(average: keras.Variable, momentum: float, values: tf.Tensor, folded: int, valid: tf.Tensor | None) -> None:
    """`folded` updates `average = momentum * average + (1 - momentum) * value`, computed at once."""
    values = tf.cast(tf.reshape(values, [folded, -1]), average.dtype)
    weights = (1 - momentum) * momentum ** np.arange(folded - 1, -1, -1)
    moved = average * momentum**folded + tf.tensordot(tf.constant(weights, average.dtype), values, 1)
    average.assign(moved if valid is None else tf.where(valid, moved, average))


@contextmanager
def derived_anew(layer: keras.layers.Layer) -> Iterator[None]:
    """Within the block, a layer normalises with the values that its variables have at the time of the call.

    Keras keeps mean and variance as constants. A traced function would keep them, too, even if others are adapted,
    loaded or restored later.
    """
    before = [
        (inner, inner.mean, inner.variance)
        for inner in layers_inside(layer)
        if isinstance(inner, keras.layers.Normalization) and inner.built and inner.input_mean is None
    ]
    try:
        for inner, *_ in before:
            inner.finalize_state()
        yield
    finally:
        for inner, mean, variance in before:
            inner.mean, inner.variance = mean, variance
