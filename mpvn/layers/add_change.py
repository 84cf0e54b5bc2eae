"""A layer that adds a change to a value."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from mpvn.layers.types import Shape


@keras.saving.register_keras_serializable("mpvn")
class AddChange(keras.layers.Layer):
    """Returns `x + gain * change`, with a learned gain per channel that starts at 0: at first, it returns `x`.

    Without it, the noise of a new network would have to be unlearned first, which makes ReLUs die.

    Source: Bachlechner et al. (ReZero, arXiv 2003.04887); a gain for each channel is our choice.

    Input shape: a list of two, `[batch, ..., channels]`: `x` and the change.
    Output shape: `[batch, ..., channels]`.
    """

    def build(self, input_shape: Shape) -> None:
        self.gain = self.add_weight(shape=(input_shape[0][-1],), initializer="zeros", name="gain")

    def call(self, inputs: Sequence[tf.Tensor]) -> tf.Tensor:
        x, change = inputs
        return x + self.gain * change

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape[0])
