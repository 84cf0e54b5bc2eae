"""Plain means of the batch statistics of batch normalisations, instead of moving averages."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import keras
import tensorflow as tf

from mpvn.layers.keras_insides import tensorflow_variable, with_moments_taken
from mpvn.layers.ticks import current


@dataclass(frozen=True)
class _Sums:
    """Sums over the executions of one layer, in float64, because many small numbers are added."""

    layer: keras.layers.BatchNormalization
    count: tf.Variable
    mean: tf.Variable
    variance: tf.Variable


class BatchStatistics:
    """Collects mean and variance of the batch of every valid execution, while it is `taking`.

    Args:
        layers: built batch normalisations; the statistics are on the devices of their weights.
    """

    def __init__(self, layers: Iterable[keras.layers.BatchNormalization]) -> None:
        self._sums = {}
        for layer in layers:
            average = layer.moving_mean
            with tf.device(tensorflow_variable(average).device):
                count, mean, variance = (
                    tf.Variable(tf.zeros(shape, tf.float64), trainable=False)
                    for shape in ((), tuple(average.shape), tuple(average.shape))
                )
            self._sums[id(layer)] = _Sums(layer, count, mean, variance)

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Within the block, the layers add their training statistics to these sums."""
        before = taken()
        _state.statistics = self
        try:
            with ExitStack() as stack:
                for sums in self._sums.values():
                    stack.enter_context(with_moments_taken(sums.layer, self.take))
                yield
        finally:
            _state.statistics = before

    def take(self, layer: keras.layers.BatchNormalization, mean: tf.Tensor, variance: tf.Tensor) -> None:
        """Adds the statistics of a call: [channels], or [folded, channels] of several ticks, with unit axes between."""
        sums, (folded, valid) = self._sums.get(id(layer)), current()
        if sums is None:
            return
        weight = tf.ones([], tf.float64) if valid is None else tf.cast(valid, tf.float64)
        sums.count.assign_add(weight * folded)
        for total, values in ((sums.mean, mean), (sums.variance, variance)):
            of_ticks = tf.reshape(tf.cast(values, tf.float64), [folded, -1])
            total.assign_add(weight * tf.reduce_sum(of_ticks, 0))

    def put(self) -> None:
        """Sets the moving averages of the layers to the means; a layer that was not called keeps its own."""
        for sums in self._sums.values():
            if float(sums.count) > 0:
                sums.layer.moving_mean.assign(tf.cast(sums.mean / sums.count, sums.layer.moving_mean.dtype))
                sums.layer.moving_variance.assign(tf.cast(sums.variance / sums.count, sums.layer.moving_variance.dtype))


_state = threading.local()


def taken() -> BatchStatistics | None:
    """The statistics that are being collected."""
    return getattr(_state, "statistics", None)
