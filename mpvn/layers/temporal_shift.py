"""A layer that takes a share of its channels from the previous execution."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import tensorflow as tf

from mpvn.layers.types import Shape


@keras.saving.register_keras_serializable("mpvn")
class TemporalShift(keras.layers.Layer):
    """A layer with shifted inputs: their first channels come from the previous execution.

    Channels are on the last axis. It adds no weights, and does not change those of the layer.

    Source: Lin et al., TSM: Temporal Shift Module for Efficient Video Understanding, ICCV 2019, section 3 (the
    online, uni-directional form, which an edge between units carries instead of a cache within a layer).

    Args:
        layer: a layer that takes the inputs without shift.
        share: share of the channels of an input, between 0 and 1; at least one channel is shifted.
        shifted: for each input, whether it is followed by its value at the previous execution.

    Input shape: a list: for each input its value, followed by the previous one if it is shifted.
    Output shape: that of the layer.
    """

    def __init__(self, layer: keras.layers.Layer, share: float, shifted: Sequence[bool], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer, self.share, self.shifted = layer, share, list(shifted)

    def build(self, input_shape: Shape) -> None:
        if not self.layer.built:
            self.layer.build(self._of_layer(input_shape))

    def call(self, inputs: Sequence[tf.Tensor], training: bool | None = None) -> tf.Tensor:
        values = [now if before is None else self._merged(now, before) for now, before in self._pairs(inputs)]
        return self.layer(values[0] if len(values) == 1 else values, training=training)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.layer.compute_output_shape(self._of_layer(input_shape))

    def _merged(self, value: tf.Tensor, before: tf.Tensor) -> tf.Tensor:
        count = max(1, int(value.shape[-1] * self.share))
        return tf.concat([before[..., :count], value[..., count:]], -1)

    def _of_layer(self, shapes: Shape) -> Shape:
        """The layer's input shapes for the input shapes of this one."""
        kept = [tuple(shape) for shape, _ in self._pairs(shapes)]
        return kept[0] if len(kept) == 1 else kept

    def _pairs(self, values: Sequence[Any]) -> list[tuple[Any, Any]]:
        """The current value of each input, and the previous one, or None if it is not shifted."""
        left = iter(values)
        return [(next(left), next(left) if is_shifted else None) for is_shifted in self.shifted]

    def get_config(self) -> dict[str, Any]:
        layer = keras.saving.serialize_keras_object(self.layer)
        return super().get_config() | {"layer": layer, "share": self.share, "shifted": self.shifted}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(keras.saving.deserialize_keras_object(config.pop("layer")), **config)
