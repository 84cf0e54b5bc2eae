"""Frames of a video's own size as a network takes them."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from mpvn.engines.network import TakesFrames
from mpvn.errors import InputError


class Fitting:
    """Makes frames of any size those of a network.

    8-bit pictures become [0, 1] and then what the network takes, see `mpvn.layers.preprocessing`; other values are
    taken to be in the network's range. The shorter side is scaled to that of the network's frames, and the middle is
    cut out. Frames that are no pictures [height, width, channels] must have the network's shape.

    Args:
        network: whose frames these become.
    """

    def __init__(self, network: TakesFrames) -> None:
        self.network = network
        shape = network.frame_shape
        anyhow = (None, None, shape[-1]) if len(shape) == 3 else shape
        self._of_8_bit, self._of_floats = (
            tf.function(self._fitted, input_signature=[tf.TensorSpec(anyhow, dtype)], autograph=False)
            for dtype in (tf.uint8, tf.float32)
        )

    def __call__(self, frame: np.ndarray) -> tf.Tensor:
        """A frame [height, width, channels], or of the network's shape, as [*frame_shape] in floating point.

        Raises:
            InputError: it is no picture and has another shape, or other channels.
        """
        frame = np.asarray(frame)
        shape = self.network.frame_shape
        same = frame.shape == shape
        picture = len(shape) == 3 and frame.ndim == 3 and frame.shape[-1] == shape[-1]
        if (
            not (same or picture)
            or frame.dtype.kind not in "fu"
            or (frame.dtype.kind == "u" and frame.dtype != "uint8")
        ):
            raise InputError(
                f"a frame has shape {list(frame.shape)} and type {frame.dtype}: expected {list(shape)}"
                f"{' or another height and width' * (len(shape) == 3)}, uint8 or floating point"
            )
        if frame.dtype == np.uint8:
            return self._of_8_bit(frame)
        return tf.convert_to_tensor(frame) if same else self._of_floats(frame.astype(np.float32))

    def warm_up(self) -> None:
        """Makes what 8-bit frames of any size need."""
        self._of_8_bit(np.zeros(self.network.frame_shape, np.uint8))

    def _fitted(self, frame: tf.Tensor) -> tf.Tensor:
        value, shape = tf.cast(frame, tf.float32), self.network.frame_shape
        if len(shape) == 3:
            value = _cut_out(value, *shape[:2])
        return self.network.preprocessing.of_unit_range(value / 255.0) if frame.dtype == tf.uint8 else value


def placing(shape: Sequence[int], frame_shape: Sequence[int]) -> Callable[[np.ndarray], np.ndarray]:
    """A function that takes points [n, 2], (x, y) in pixels, from the fitted frame back to the video's."""
    size, wanted = np.asarray(shape[:2], np.float32), np.asarray(frame_shape[:2], np.float32)
    resized = np.ceil(size * (wanted / size).max() - np.float32(1e-3))
    margin = (resized - wanted) // 2
    return lambda points: (points + margin[::-1]) * (size / resized)[::-1]


def _cut_out(picture: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """The middle [height, width, channels] of a picture whose shorter side is scaled."""
    size = tf.cast(tf.shape(picture)[:2], tf.float32)
    scale = tf.reduce_max(tf.constant([height, width], tf.float32) / size)
    resized = tf.image.resize(picture, tf.cast(tf.math.ceil(size * scale - 1e-3), tf.int32), antialias=True)
    return tf.image.resize_with_crop_or_pad(resized, height, width)
