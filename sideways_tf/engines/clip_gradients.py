"""What an engine gives for a clip in training."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf


class ClipGradients(NamedTuple):
    """What an engine gives for a clip in training.

    Attributes:
        losses: [ticks], from the schedule's reach on.
        outputs: [time, batch, ...], zeros before the first valid tick.
        added: what layers add to the loss, a scalar, or None: see `mpvn.engines.clip_values.ClipValues`.
        gradients: {unit name: gradients of its trainable variables}, their sum over ticks, or with a leading axis
            [time]; of the ticked engine, what its accumulator gives.
    """

    losses: tf.Tensor
    outputs: tf.Tensor
    added: tf.Tensor | None
    gradients: Any

    def loss(self, scale: float | tf.Tensor, penalties: Sequence[tf.Tensor]) -> tf.Tensor:
        """The loss of the clip, a scalar: mean over ticks, with what layers add and the penalties of weights.

        Args:
            scale: what `losses` have been multiplied by.
            penalties: scalars.
        """
        mean = tf.reduce_mean(self.losses)
        added = [*penalties, *([] if self.added is None else [self.added])]
        return tf.add_n([mean / tf.cast(scale, mean.dtype), *(tf.cast(value, mean.dtype) for value in added)])
