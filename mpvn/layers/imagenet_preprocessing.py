"""The preprocessing of `keras.applications` as a layer."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.layers.types import Shape

MODES = ("tf", "caffe", "torch")
_CAFFE_MEAN = (103.939, 116.779, 123.68)  # blue, green, red
_TORCH_MEAN, _TORCH_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@keras.saving.register_keras_serializable("mpvn")
class ImageNetPreprocessing(keras.layers.Layer):
    """Converts pixels in [0, 255] for weights that were trained on ImageNet.

    Args:
        mode: `"tf"` ([-1, 1]), `"caffe"` (BGR, minus the mean) or `"torch"` ([0, 1], minus the mean, divided by the
            standard deviation), as in `keras.applications.*.preprocess_input` of the model.

    Input shape: `[..., 3]` in red, green, blue; any number of channels for `"tf"`.
    Output shape: the same, in the type that the layer computes in.

    Source: keras.applications.imagenet_utils.
    """

    def __init__(self, mode: str, **kwargs: Any) -> None:
        # Cast last: half precision barely represents 255 steps.
        super().__init__(**({"autocast": False} | kwargs))
        if mode not in MODES:
            raise InputError(f"preprocessing={mode!r} is unknown: expected one of {', '.join(map(repr, MODES))}")
        self.mode = mode

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        pixels = tf.cast(inputs, "float64" if self.compute_dtype == "float64" else "float32")
        if self.mode == "tf":
            result = pixels / 127.5 - 1.0
        elif self.mode == "caffe":
            result = pixels[..., ::-1] - np.array(_CAFFE_MEAN, pixels.dtype.as_numpy_dtype)
        else:
            mean, deviation = (np.array(v, pixels.dtype.as_numpy_dtype) for v in (_TORCH_MEAN, _TORCH_DEVIATION))
            result = (pixels / 255.0 - mean) / deviation
        return tf.cast(result, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"mode": self.mode}
