"""Penalties of weights: what Keras's kernel and bias regularizers add to the loss."""

from collections.abc import Sequence

import keras
import tensorflow as tf


def weight_penalties(variables: Sequence[keras.Variable]) -> tuple[list[tf.Tensor], list[tf.Tensor | None]]:
    """The penalty of every variable that has a regularizer, and for every variable its gradient, or None.

    Each is computed where its variable is.
    """
    penalties: list[tf.Tensor] = []
    gradients: list[tf.Tensor | None] = []
    for variable in variables:
        if variable.regularizer is None:
            gradients.append(None)
            continue
        with tf.device(variable.value.device), tf.GradientTape() as tape:
            penalty = variable.regularizer(variable)
        penalties.append(penalty)
        gradients.append(tape.gradient(penalty, variable.value))
    return penalties, gradients
