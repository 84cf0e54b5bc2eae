"""Augmentation of clips: one draw per clip, so that neighbouring frames stay neighbours.

All functions take float32 clips [time, height, width, 3] in [0, 1] and are functions of the clip and an integer seed of
shape [2] alone, so a clip is augmented the same way wherever and whenever it is done. Every draw has its own seed,
folded from the clip's.
"""

import tensorflow as tf

from mpvn.errors import InputError


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


def random_flip(video: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Mirrors all frames left to right, or none: [T, height, width, C] -> the same shape.

    `tf.image.stateless_random_flip_left_right` would draw for every frame.
    """
    mirrored = tf.random.stateless_uniform([], seed) < 0.5
    return tf.ensure_shape(tf.cond(mirrored, lambda: tf.reverse(video, [2]), lambda: video), video.shape)


def augment_clip(
    video: tf.Tensor,
    seed: tf.Tensor,
    crop_size: int | None = None,
    flip: bool = True,
    brightness: float = 0.2,
    contrast: float = 0.2,
    saturation: float = 0.2,
) -> tf.Tensor:
    """Random crop, flip, brightness, contrast and saturation of one clip.

    Args:
        video: float32 [T, height, width, 3] in [0, 1].
        seed: int [2]; give every clip its own.
        crop_size: side of a random square crop, in pixels; None keeps the frames whole.
        flip: mirror half of the clips left to right. Switch it off where the mirror image is another class ("swiping
            left", "swiping right").
        brightness: largest change, added to the pixels; 0 switches it off.
        contrast: the factor lies in [1 - contrast, 1 + contrast]; 0 switches it off.
        saturation: the factor lies in [1 - saturation, 1 + saturation]; 0 switches it off.

    Returns:
        float32 [T, height, width, 3], or [T, crop_size, crop_size, 3], in [0, 1].

    Raises:
        InputError: if `video` is not of rank 4, or a strength is outside [0, 1).
    """
    if video.shape.rank != 4:
        raise InputError(f"expected one clip [time, height, width, 3], not the shape {video.shape}")
    for name, strength in (("brightness", brightness), ("contrast", contrast), ("saturation", saturation)):
        if not 0 <= strength < 1:
            raise InputError(f"{name} must be in [0, 1), not {strength}")
    seeds = [tf.random.fold_in(seed, index) for index in range(5)]
    if crop_size is not None:
        video = random_crop(video, seeds[0], crop_size)
    if flip:
        video = random_flip(video, seeds[1])
    if brightness:
        video = tf.image.stateless_random_brightness(video, brightness, seeds[2])
    if contrast:
        video = tf.image.stateless_random_contrast(video, 1 - contrast, 1 + contrast, seeds[3])
    if saturation:
        # Saturation is worked out through HSV, which is defined for [0, 1] only.
        video = tf.clip_by_value(video, 0.0, 1.0)
        video = tf.image.stateless_random_saturation(video, 1 - saturation, 1 + saturation, seeds[4])
    return tf.clip_by_value(video, 0.0, 1.0)


def _square(video: tf.Tensor, size: int) -> list[tf.Tensor | int]:
    """The shape of a square crop of all frames."""
    time = tf.shape(video)[0] if video.shape[0] is None else video.shape[0]
    return [time, size, size, video.shape[-1]]
