"""Augmentation of clips: one draw per clip, so that neighbouring frames stay neighbours.

All functions take float32 clips [time, height, width, 3] in [0, 1] and depend only on the clip and an integer seed of
shape [2], so augmentation is reproducible. Every draw has its own seed, folded from the clip's.

Keras's augmentation layers take an integer or a state as their seed, and draw for every image of a batch: within
`tf.data`, a clip could not depend on its own seed only.
"""

import math
from collections.abc import Sequence

import tensorflow as tf

from mpvn.errors import InputError

ASPECT = (3 / 4, 4 / 3)  # of random crops; as in the paper named there
_FLIP = 1  # the number of that draw among those of a clip


def random_crop(video: tf.Tensor, seed: tf.Tensor, size: int) -> tf.Tensor:
    """A square cut out of all frames at one random place.

    Args:
        video: [T, height, width, C], height and width at least `size`.
        seed: int [2].
        size: side of the square, in pixels.

    Returns:
        [T, size, size, C].
    """
    return tf.image.stateless_random_crop(video, _square(video, size), seed)


def centre_crop(video: tf.Tensor, size: int) -> tf.Tensor:
    """The middle square of all frames: [T, height, width, C] -> [T, size, size, C]."""
    shape = tf.shape(video)
    begin = tf.stack([0, (shape[1] - size) // 2, (shape[2] - size) // 2, 0])
    return tf.slice(video, begin, _square(video, size))


def random_resized_crop(
    video: tf.Tensor, seed: tf.Tensor, size: int, area: Sequence[float], aspect: Sequence[float] = ASPECT
) -> tf.Tensor:
    """A rectangle cut out of all frames at one random place, in one random size and shape, and made a square.

    As images are cropped in training (Szegedy et al., Going Deeper with Convolutions, CVPR 2015, section 6). What does
    not fit into the frame is made smaller, in its shape.

    Args:
        video: [T, height, width, C].
        seed: int [2].
        size: side of the square, in pixels.
        area: least and largest share of the frame's area, drawn uniformly between them.
        aspect: least and largest width divided by height, drawn uniformly in their logarithm.

    Returns:
        float32 [T, size, size, C].
    """
    extent = tf.shape(video)[1:3]
    height, width = tf.unstack(tf.cast(extent, tf.float32))
    drawn = tf.random.stateless_uniform([4], seed)
    pixels = height * width * (area[0] + drawn[0] * (area[1] - area[0]))
    shape = tf.exp(math.log(aspect[0]) + drawn[1] * (math.log(aspect[1]) - math.log(aspect[0])))
    wanted = tf.stack([tf.sqrt(pixels / shape), tf.sqrt(pixels * shape)])
    wanted *= tf.minimum(1.0, tf.reduce_min([height, width] / wanted))
    window = tf.clip_by_value(tf.cast(tf.round(wanted), tf.int32), 1, extent)
    # Of n + 1 places each gets as much of [0, 1).
    begin = tf.cast(drawn[2:] * tf.cast(extent - window + 1, tf.float32), tf.int32)
    begin = tf.minimum(begin, extent - window)
    cut = tf.slice(video, tf.concat([[0], begin, [0]], 0), tf.concat([[-1], window, [-1]], 0))
    return tf.image.resize(cut, [size, size], antialias=True)


def random_flip(video: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Mirrors all frames left to right, or none: [T, height, width, C] -> the same shape.

    `tf.image.stateless_random_flip_left_right` would draw for every frame.
    """
    flipped = tf.cond(_heads(seed), lambda: tf.reverse(video, [2]), lambda: video)
    return tf.ensure_shape(flipped, video.shape)


def is_mirrored(seed: tf.Tensor) -> tf.Tensor:
    """Whether `augment_clip` mirrors the clip of this seed, where it may: bool []."""
    return _heads(tf.random.fold_in(seed, _FLIP))


def augment_clip(
    video: tf.Tensor,
    seed: tf.Tensor,
    crop_size: int | None = None,
    flip: bool = True,
    brightness: float = 0.2,
    contrast: float = 0.2,
    saturation: float = 0.2,
    hue: float = 0.0,
) -> tf.Tensor:
    """Random crop, flip, brightness, contrast, saturation and hue of one clip.

    Args:
        video: float32 [T, height, width, 3] in [0, 1].
        seed: int [2]; give every clip its own.
        crop_size: side of a random square crop, in pixels; None keeps the frames whole.
        flip: mirror half of the clips left to right; see `is_mirrored` for those whose mirror image is another class.
        brightness: largest change, added to the pixels; 0 switches it off.
        contrast: the factor lies in [1 - contrast, 1 + contrast]; 0 switches it off.
        saturation: the factor lies in [1 - saturation, 1 + saturation]; 0 switches it off.
        hue: largest rotation of the colour circle, as a share of a full turn; 0 switches it off.

    Returns:
        float32 [T, height, width, 3], or [T, crop_size, crop_size, 3], in [0, 1].

    Raises:
        InputError: if `video` is not of rank 4, or a strength is outside [0, 1), or `hue` outside [0, 0.5].
    """
    if video.shape.rank != 4:
        raise InputError(f"video has shape {video.shape}: expected one clip [time, height, width, 3]")
    for name, strength in (("brightness", brightness), ("contrast", contrast), ("saturation", saturation)):
        if not 0 <= strength < 1:
            raise InputError(f"{name}={strength}: expected a number in [0, 1)")
    if not 0 <= hue <= 0.5:
        raise InputError(f"hue={hue}: expected a number in [0, 0.5]")
    seeds = [tf.random.fold_in(seed, index) for index in range(6)]
    if crop_size is not None:
        video = random_crop(video, seeds[0], crop_size)
    if flip:
        video = random_flip(video, seeds[_FLIP])
    if brightness:
        video = tf.image.stateless_random_brightness(video, brightness, seeds[2])
    if contrast:
        video = tf.image.stateless_random_contrast(video, 1 - contrast, 1 + contrast, seeds[3])
    if saturation:
        # Saturation and hue are computed in HSV, which is only defined for [0, 1].
        video = tf.clip_by_value(video, 0.0, 1.0)
        video = tf.image.stateless_random_saturation(video, 1 - saturation, 1 + saturation, seeds[4])
    if hue:
        video = tf.image.stateless_random_hue(tf.clip_by_value(video, 0.0, 1.0), hue, seeds[5])
    return tf.clip_by_value(video, 0.0, 1.0)


def _heads(seed: tf.Tensor) -> tf.Tensor:
    return tf.random.stateless_uniform([], seed) < 0.5


def _square(video: tf.Tensor, size: int) -> list[tf.Tensor | int]:
    """The shape of a square crop of all frames."""
    time = tf.shape(video)[0] if video.shape[0] is None else video.shape[0]
    return [time, size, size, video.shape[-1]]
