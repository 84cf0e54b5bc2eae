"""Losses per example."""

import keras
import tensorflow as tf

from mpvn.errors import InputError


def example_loss(loss_fn):
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

    def per_example(targets, outputs):
        values = tf.convert_to_tensor(values_of(targets, outputs))
        if values.shape.rank == 0:
            raise InputError(
                f"the loss {getattr(loss_fn, '__name__', loss_fn)!r} returns a scalar: expected a value per example, "
                f"[batch] or [batch, ...]; leave out the reduction"
            )
        return tf.reduce_mean(values, axis=list(range(1, values.shape.rank)))

    return per_example
