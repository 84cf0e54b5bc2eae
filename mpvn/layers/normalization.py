"""Batch normalisation per tick, and normalisation by what was adapted to data."""

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
    """Keras's batch normalisation, by the statistics of each tick's batch.

    A network that works frame by frame only has the batch of one tick. So that folding time into the batch axis
    gives the same result, each tick's batch is normalised by itself, and the moving averages are updated once per
    valid execution, in tick order. Weights, arguments and inference are Keras's own.

    Input shape: `[folded ticks * batch, ..., channels]`, channels last.
    Output shape: the same.
    """

    def build(self, input_shape: Shape) -> None:
        if self.axis not in (-1, len(input_shape) - 1):
            raise InputError(f"BatchNormalization(axis={self.axis}): expected the last axis, -1, for channels")
        super().build(input_shape)

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None) -> tf.Tensor:
        if not training or not self.trainable:
            return super().call(inputs, training=False)
        return normalize_per_tick(self, inputs)


def normalize_per_tick(layer: keras.layers.BatchNormalization, inputs: tf.Tensor) -> tf.Tensor:
    """Training of a built batch normalisation, ours or Keras's own, by the statistics of each tick's batch.

    Args:
        layer: whose weights are used and whose moving averages move; over the last axis.
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
    """`folded` updates `average = momentum * average + (1 - momentum) * value`, one after the other, at once."""
    values = tf.cast(tf.reshape(values, [folded, -1]), average.dtype)
    weights = (1 - momentum) * momentum ** np.arange(folded - 1, -1, -1)
    moved = average * momentum**folded + tf.tensordot(tf.constant(weights, average.dtype), values, 1)
    average.assign(moved if valid is None else tf.where(valid, moved, average))


@contextmanager
def derived_anew(layer: keras.layers.Layer) -> Iterator[None]:
    """Within it, a layer normalises by what its variables hold at the time of the call.

    Keras keeps mean and variance as constants, which a function that is traced would keep, too, whatever is adapted,
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
