"""What an engine gives for a clip in training."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf


class ClipGradients(NamedTuple):
    """The result of an engine for a clip in training.

    Attributes:
        losses: [ticks], starting at the schedule's reach.
        outputs: [time, batch, ...], zeros before the first valid tick.
        added: losses of layers, a scalar, or None: see `mpvn.engines.clip_values.ClipValues`.
        gradients: {unit name: gradients of its trainable variables}, their sum over ticks, or with a leading axis
            [time]; for the ticked engine, the result of its accumulator.
    """

    losses: tf.Tensor
    outputs: tf.Tensor
    added: tf.Tensor | None
    gradients: Any

    def loss(self, scale: float | tf.Tensor, penalties: Sequence[tf.Tensor]) -> tf.Tensor:
        """The loss of the clip, a scalar: mean over ticks, plus losses of layers and penalties of weights.

        Args:
            scale: factor that `losses` were multiplied by.
            penalties: scalars.
        """
        mean = tf.reduce_mean(self.losses)
        added = [*penalties, *([] if self.added is None else [self.added])]
        return tf.add_n([mean / tf.cast(scale, mean.dtype), *(tf.cast(value, mean.dtype) for value in added)])
