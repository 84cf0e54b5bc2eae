"""What an engine gives for a clip."""

from typing import NamedTuple

import tensorflow as tf


class ClipValues(NamedTuple):
    """What an engine gives for a clip.

    Attributes:
        outputs: [time, batch, ...], the output at every tick, zeros before the first valid one.
        watched: {unit name: the same} of the units that were asked for, each with what it has last computed.
        loss: what layers add to the loss, a scalar: for every unit the mean over its valid executions. None if
            no layer adds any.
    """

    outputs: tf.Tensor
    watched: dict[str, tf.Tensor]
    loss: tf.Tensor | None
