"""The loss of a clip, tick by tick, and losses per example that it is made of."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.model import targets as targets_lib
from mpvn.model.network import VideoNetwork


class ClipLoss:
    """Gives the loss of a tick: the output at tick `t` against the target of frame `t - prediction_latency`.

    Args:
        network: a VideoNetwork.
        video: [batch, time, ...].
        targets: [batch, ...] or [batch, time, ...].
        loss_of: function of (targets, outputs), [batch, ...] each, that gives one value per example, [batch].
        targets_per: `"clip"` or `"frame"`; None infers it.
        weights: of clips [batch] or frames [batch, time]; None for 1.
        scale: what the loss is multiplied by.
    """

    def __init__(
        self,
        network: VideoNetwork,
        video: tf.Tensor,
        targets: tf.Tensor,
        loss_of: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
        targets_per: str | None = None,
        weights: tf.Tensor | None = None,
        scale: float | tf.Tensor = 1.0,
    ) -> None:
        self.schedule, self.loss_of, self.weights, self.scale = network.schedule, loss_of, weights, scale
        self.dtype = network.variable_dtype
        targets = tf.convert_to_tensor(targets)
        if targets.dtype.is_floating:
            targets = tf.cast(targets, self.dtype)
        shape = tf.TensorSpec([*video.shape[:2], *network.value_spec(self.schedule.output).shape[1:]])
        self.per_frame = targets_lib.targets_per(targets, shape, targets_per) == "frame"
        # By frame first: a tick takes its slice.
        self.targets = tf.transpose(targets, [1, 0, *range(2, targets.shape.rank)]) if self.per_frame else targets

    def __call__(self, tick: int | tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """Mean over the batch of the loss at a tick that has a target; `output` is [batch, ...]."""
        frame = tf.maximum(tick - self.schedule.prediction_latency, 0)
        target = self.targets[frame] if self.per_frame else self.targets
        values = self.loss_of(target, tf.cast(output, self.dtype))
        if self.weights is not None:
            weights = self.weights[:, frame] if self.weights.shape.rank == 2 else self.weights
            values *= tf.cast(weights, values.dtype)
        return self.scale * tf.reduce_mean(values)

    def masked(self, tick: int | tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """The same, and 0 before the first tick that has a valid output and a target."""
        return tf.where(tick >= self.schedule.reach, self(tick, output), 0)


def example_loss(loss_fn: Any) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """A function of (targets, outputs), [n, ...] each, that gives one value per example, [n].

    Args:
        loss_fn: a Keras loss, its name, or a function of (targets, outputs) that returns values per example; what is
            left beside the first axis is averaged.

    Raises:
        InputError: when called, if the loss returns a scalar.
    """
    loss_fn = keras.losses.get(loss_fn)
    # A Keras loss object averages over examples when it is called; its `call` does not.
    values_of = loss_fn.call if isinstance(loss_fn, keras.losses.Loss) else loss_fn

    def per_example(targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        values = tf.convert_to_tensor(values_of(targets, outputs))
        if values.shape.rank == 0:
            raise InputError(
                f"the loss {getattr(loss_fn, '__name__', loss_fn)!r} returns a scalar: expected a value per example, "
                f"[batch] or [batch, ...]; leave out the reduction"
            )
        return tf.reduce_mean(values, axis=list(range(1, values.shape.rank)))

    return per_example
