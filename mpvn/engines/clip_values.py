"""The result of an engine for a clip."""

from typing import NamedTuple

import tensorflow as tf


class ClipValues(NamedTuple):
    """The result of an engine for a clip.

    Attributes:
        outputs: [time, batch, ...], the output at every tick, zeros before the first valid one.
        watched: {unit name: latest output at every tick} for the requested units.
        loss: loss that layers add, a scalar: for every unit the mean over its valid executions. None if no layer adds
            any.
    """

    outputs: tf.Tensor
    watched: dict[str, tf.Tensor]
    loss: tf.Tensor | None
