"""Square pictures of video frames: resized, and cropped at random or in the middle."""

from dataclasses import dataclass

import tensorflow as tf

from mpvn.data.files.augment import centre_crop, random_crop
from mpvn.errors import InputError


@dataclass(frozen=True)
class SquareCrop:
    """Frames whose shorter side is resized, and of which a square is cut out.

    Attributes:
        size: side of the square pictures, in pixels.
        short_side: pixels of the shorter side before the crop; None: 8/7 of `size` (256 for 224).

    Raises:
        InputError: `short_side` is less than `size`.
    """

    size: int
    short_side: int | None = None

    def __post_init__(self) -> None:
        if self.resized_to < self.size:
            raise InputError(f"short_side must be at least the size, {self.size}, not {self.resized_to}")

    @property
    def resized_to(self) -> int:
        """Pixels of the shorter side before the crop."""
        return self.short_side or round(self.size * 8 / 7)

    def __call__(self, video: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """uint8 [T, height, width, 3] -> float32 [T, size, size, 3] in [0, 1].

        Args:
            video: one clip.
            seed: int [2] of the crop's place; None takes the middle.
        """
        video = resize_short_side(video, self.resized_to)
        return centre_crop(video, self.size) if seed is None else random_crop(video, seed, self.size)


def resize_short_side(video: tf.Tensor, side: int) -> tf.Tensor:
    """uint8 [T, height, width, 3] -> float32 in [0, 1], the shorter side `side` pixels long, the shape kept."""
    extent = tf.shape(video)[1:3]
    extent = tf.cast(
        tf.round(tf.cast(extent, tf.float32) * (side / tf.cast(tf.reduce_min(extent), tf.float32))), tf.int32
    )
    return tf.clip_by_value(tf.image.resize(video, extent, antialias=True) / 255.0, 0.0, 1.0)
