"""Square frames: resized, and cropped at random or in the middle."""

from collections.abc import Sequence
from dataclasses import dataclass

import tensorflow as tf

from mpvn.data.files.augment import ASPECT, centre_crop, random_crop, random_resized_crop
from mpvn.errors import InputError


@dataclass(frozen=True)
class SquareCrop:
    """Resizes the shorter side of frames and crops a square.

    Attributes:
        size: side of the square, in pixels.
        short_side: pixels of the shorter side before the crop; None: 8/7 of `size` (256 for 224).
        area: smallest and largest share of the frame in a random crop; None: a square of `size` pixels.
        aspect: smallest and largest width divided by height of such a crop; None: 3/4 and 4/3.

    Raises:
        InputError: `short_side` is less than `size`, or there is an `aspect` but no `area`.
    """

    size: int
    short_side: int | None = None
    area: Sequence[float] | None = None
    aspect: Sequence[float] | None = None

    def __post_init__(self) -> None:
        if self.resized_to < self.size:
            raise InputError(f"short_side must be at least the size, {self.size}, not {self.resized_to}")
        if self.aspect is not None and self.area is None:
            raise InputError("crop_aspect is set, but has no effect without crop_area: also set crop_area")

    @property
    def resized_to(self) -> int:
        """Pixels of the shorter side before the crop."""
        return self.short_side or round(self.size * 8 / 7)

    def __call__(self, video: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """uint8 [T, height, width, 3] -> float32 [T, size, size, 3] in [0, 1].

        Args:
            video: one clip.
            seed: int [2], seed of the crop; None takes the middle square.
        """
        video = resize_short_side(video, self.resized_to)
        if seed is None:
            return centre_crop(video, self.size)
        if self.area is None:
            return random_crop(video, seed, self.size)
        return random_resized_crop(video, seed, self.size, self.area, self.aspect or ASPECT)


def resize_short_side(video: tf.Tensor, side: int) -> tf.Tensor:
    """uint8 [T, height, width, 3] -> float32 in [0, 1], the shorter side `side` pixels long, the shape kept."""
    extent = tf.shape(video)[1:3]
    shorter = tf.reduce_min(extent)

    def resized() -> tf.Tensor:
        wanted = tf.round(tf.cast(extent, tf.float32) * (side / tf.cast(shorter, tf.float32)))
        return tf.image.resize(video, tf.cast(wanted, tf.int32), antialias=True)

    # Clips of files already have this size, because they are scaled when they are decoded.
    video = tf.cond(tf.equal(shorter, side), lambda: tf.cast(video, tf.float32), resized)
    return tf.clip_by_value(video / 255.0, 0.0, 1.0)
