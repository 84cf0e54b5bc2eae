"""Converts frames of a video for a network."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from mpvn.engines.network import TakesFrames
from mpvn.errors import InputError
from mpvn.layers.viewing import Viewing


class Fitting:
    """Converts frames of any size to those of a network.

    8-bit images are converted to [0, 1] and then to the network's range, see `mpvn.layers.preprocessing`; other values
    must already be in this range. Images of another size are scaled and centre-cropped: as in evaluations, if the
    network says how, otherwise so that the shorter side is that of the network's frames. Frames that are not images
    [height, width, channels] must have the network's shape.

    Args:
        network: the network for which frames are converted.

    Attributes:
        viewing: the network's viewing, if it matches its frames.
        short_side: pixels of the shorter side before the crop; None if that depends on the image.
    """

    def __init__(self, network: TakesFrames) -> None:
        self.network = network
        self.viewing = viewing_of(network)
        self.short_side = None if self.viewing is None else self.viewing.short_side
        shape = network.frame_shape
        anyhow = (None, None, shape[-1]) if len(shape) == 3 else shape
        self._of_8_bit, self._of_floats = (
            tf.function(self._fitted, input_signature=[tf.TensorSpec(anyhow, dtype)], autograph=False)
            for dtype in (tf.uint8, tf.float32)
        )

    def __call__(self, frame: np.ndarray) -> tf.Tensor:
        """A frame [height, width, channels], or of the network's shape, as [*frame_shape] in floating point.

        Raises:
            InputError: the frame has another shape and is not an image, or has other channels.
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
        """Compiles what 8-bit frames of any size need."""
        self._of_8_bit(np.zeros(self.network.frame_shape, np.uint8))

    def _fitted(self, frame: tf.Tensor) -> tf.Tensor:
        value, shape = tf.cast(frame, tf.float32), self.network.frame_shape
        if len(shape) == 3:
            value = _cut_out(value, shape[0], shape[1], self.short_side)
        if frame.dtype != tf.uint8:
            return value
        return self.network.preprocessing.of_unit_range(tf.clip_by_value(value / 255.0, 0.0, 1.0))


def viewing_of(network: TakesFrames) -> Viewing | None:
    """The viewing of a network, if it has one."""
    viewing = network.viewing
    return viewing if viewing is not None and viewing.fits(network.frame_shape) else None


def placing(
    shape: Sequence[int], frame_shape: Sequence[int], short_side: int | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    """A function that takes points [n, 2], (x, y) in pixels, from the fitted frame back to the video's.

    Args:
        shape: shape of the video's frames.
        frame_shape: shape of the network's frames.
        short_side: see `Fitting`.
    """
    size, wanted = np.asarray(shape[:2], np.float32), np.asarray(frame_shape[:2], np.float32)
    if short_side is None:
        resized = np.ceil(size * (wanted / size).max() - np.float32(1e-3))
    else:
        resized = np.round(size * (short_side / size.min()))
    margin = (resized - wanted) // 2
    return lambda points: (points + margin[::-1]) * (size / resized)[::-1]


def _cut_out(picture: tf.Tensor, height: int, width: int, short_side: int | None) -> tf.Tensor:
    """The centre crop [height, width, channels] of a scaled image."""
    size = tf.cast(tf.shape(picture)[:2], tf.float32)
    same = tf.reduce_all(tf.equal(tf.shape(picture)[:2], [height, width]))
    if short_side is None:
        scale = tf.reduce_max(tf.constant([height, width], tf.float32) / size)
        wanted = tf.cast(tf.math.ceil(size * scale - 1e-3), tf.int32)
    else:
        wanted = tf.cast(tf.round(size * (short_side / tf.reduce_min(size))), tf.int32)
        wanted = tf.where(same, tf.shape(picture)[:2], wanted)
    # Frames of files already have this size, scaled as in an evaluation.
    is_scaled = tf.reduce_all(tf.equal(wanted, tf.shape(picture)[:2]))
    scaled = tf.cond(is_scaled, lambda: picture, lambda: tf.image.resize(picture, wanted, antialias=True))
    return tf.image.resize_with_crop_or_pad(scaled, height, width)
