"""The loss of a clip, tick by tick: from a function with values per example, or from a compiled Keras model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.layers.keras_insides import data_loss, loss_weight
from mpvn.model import targets as targets_lib
from mpvn.model.clip_model import ClipModel
from mpvn.model.network import VideoNetwork


@dataclass(frozen=True)
class TickLoss:
    """The loss of one tick.

    Attributes:
        value: function of (targets, outputs, weights), [batch, ...] each, that returns a scalar; weights None means 1.
        reduction: reduction to the loss of a clip, in Keras's terms: `"mean"`, `"sum"`, or `"mean_with_sample_weight"`.
            (Losses are averaged over ticks, so for a sum they are multiplied by the number of ticks.)
    """

    value: Callable[[tf.Tensor, tf.Tensor, tf.Tensor | None], tf.Tensor]
    reduction: str = "mean"


class ClipLoss:
    """Computes the loss of a tick: compares the output at tick `t` with the target of frame `t - prediction_latency`.

    Args:
        network: a VideoNetwork.
        video: [batch, time, ...].
        targets: [batch, ...] or [batch, time, ...].
        loss: loss of a tick.
        targets_per: `"clip"` or `"frame"`; None infers it.
        weights: weights of clips [batch] or frames [batch, time]; None for 1.
        scale: factor of the loss.
    """

    def __init__(
        self,
        network: VideoNetwork,
        video: tf.Tensor,
        targets: tf.Tensor,
        loss: TickLoss,
        targets_per: str | None = None,
        weights: tf.Tensor | None = None,
        scale: float | tf.Tensor = 1.0,
    ) -> None:
        self.schedule, self.loss, self.weights, self.scale = network.schedule, loss, weights, scale
        self.dtype, self.num_ticks = network.variable_dtype, video.shape[1] - network.schedule.reach
        targets = tf.convert_to_tensor(targets)
        if targets.dtype.is_floating:
            targets = tf.cast(targets, self.dtype)
        shape = tf.TensorSpec([*video.shape[:2], *network.value_spec(self.schedule.output).shape[1:]])
        self.per_frame = targets_lib.targets_per(targets, shape, targets_per) == "frame"
        # By frame first: a tick takes its slice.
        self.targets = tf.transpose(targets, [1, 0, *range(2, targets.shape.rank)]) if self.per_frame else targets
        self._all_weights = targets_lib.align_weights(weights, shape, self.schedule)

    def __call__(self, tick: int | tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """The loss at a tick that has a target; `output` is [batch, ...]."""
        frame = tf.maximum(tick - self.schedule.prediction_latency, 0)
        target = self.targets[frame] if self.per_frame else self.targets
        weights = self.weights
        if weights is not None and weights.shape.rank > 1:
            weights = weights[:, frame]
        return self.scale * self._share(weights) * self.loss.value(target, tf.cast(output, self.dtype), weights)

    def masked(self, tick: int | tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """The same, and 0 before the first tick that has a valid output and a target."""
        return tf.where(tick >= self.schedule.reach, self(tick, output), 0)

    def _share(self, weights: tf.Tensor | None) -> float | tf.Tensor:
        """The weight of a tick in the mean over ticks."""
        if self.loss.reduction == "sum":
            return float(self.num_ticks)
        if self.loss.reduction == "mean_with_sample_weight" and weights is not None:
            of_tick, of_clip = (tf.cast(tf.reduce_sum(w), self.dtype) for w in (weights, self._all_weights))
            return tf.math.divide_no_nan(self.num_ticks * of_tick, of_clip)
        return 1.0


def example_loss(loss_fn: Any) -> TickLoss:
    """The mean of values per example.

    Args:
        loss_fn: a Keras loss, its name, or a function of (targets, outputs) that returns values per example; axes after
            the first one are averaged.

    Raises:
        InputError: when called, if the loss returns a scalar.
    """
    loss_fn = keras.losses.get(loss_fn)
    # A Keras loss object averages over examples when it is called; its `call` does not.
    values_of = loss_fn.call if isinstance(loss_fn, keras.losses.Loss) else loss_fn

    def value(targets: tf.Tensor, outputs: tf.Tensor, weights: tf.Tensor | None = None) -> tf.Tensor:
        values = _checked(loss_fn, tf.convert_to_tensor(values_of(targets, outputs)))
        values = tf.reduce_mean(values, axis=list(range(1, values.shape.rank)))
        return tf.reduce_mean(values if weights is None else values * tf.cast(weights, values.dtype))

    return TickLoss(value)


def compiled_loss(model: ClipModel) -> TickLoss:
    """The loss that a model was compiled with, as Keras computes it for a clip of one frame, in the outputs' type.

    Raises:
        InputError: there is no loss, or, when called, it is a function that returns a scalar.
    """
    if model.loss is None:
        raise InputError("the model was compiled without a loss: call compile(loss=...) with a Keras loss or its name")
    chosen_by_keras = str(model.loss).lower() in ("crossentropy", "ce")  # depends on the shapes
    loss = None if chosen_by_keras else keras.losses.get(model.loss)
    values_of = loss.call if isinstance(loss, keras.losses.Loss) else loss
    reduction, factor = reduction_of(loss), loss_weight(model)

    def value(targets: tf.Tensor, outputs: tf.Tensor, weights: tf.Tensor | None = None) -> tf.Tensor:
        targets, outputs = targets[:, tf.newaxis], outputs[:, tf.newaxis]
        targets = targets_lib.with_rank_of(targets, outputs)
        if weights is not None:
            weights = targets_lib.spread_weights(weights[:, tf.newaxis], outputs)
        if values_of is None:
            return data_loss(model, targets, outputs, weights)
        values = _checked(loss, tf.convert_to_tensor(values_of(targets, outputs)))
        if weights is not None:
            if values.shape.rank > weights.shape.rank:  # a function that does not average over the last axis
                weights = tf.broadcast_to(weights[..., tf.newaxis], tf.shape(values))
            values *= tf.cast(weights, values.dtype)
        total = factor * tf.reduce_sum(values)
        if reduction == "sum":
            return total
        weighed = reduction == "mean_with_sample_weight" and weights is not None
        divisor = tf.reduce_sum(weights) if weighed else tf.size(values)
        return tf.math.divide_no_nan(total, tf.cast(divisor, total.dtype))

    return TickLoss(value, reduction)


def reduction_of(loss: Any) -> str:
    """The reduction of a loss, in Keras's terms; `"mean"` also for `"sum_over_batch_size"`."""
    reduction = loss.reduction if isinstance(loss, keras.losses.Loss) else "mean"
    return "mean" if reduction == "sum_over_batch_size" else str(reduction).lower()


def check_loss(loss: Any) -> None:
    """Raises InputError unless the loss of a clip can be computed from the losses of its ticks."""
    if reduction_of(loss) == "none":
        raise InputError(
            f"the loss {loss.name!r} has reduction=None and gives no scalar: use reduction='sum_over_batch_size'"
        )


def _checked(loss_fn: Any, values: tf.Tensor) -> tf.Tensor:
    if values.shape.rank == 0:
        raise InputError(
            f"the loss {getattr(loss_fn, '__name__', loss_fn)!r} returns a scalar: expected a value per example, "
            f"[batch] or [batch, ...]; leave out the reduction"
        )
    return values
