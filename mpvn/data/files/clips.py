"""Clips of video files as a `tf.data.Dataset`."""

import os
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import numpy as np
import tensorflow as tf

from mpvn.data.files.augment import centre_crop, random_crop
from mpvn.data.files.listings import Example
from mpvn.data.files.reader import VideoError, VideoReader, count_frames, read_clip
from mpvn.data.files.resampling import resampled_length
from mpvn.errors import InputError

SAMPLINGS = ("random", "centre", "start")
SHORT = {"error": None, "loop": "loop", "last": "last"}  # what to do with a short video -> pad of read_clip


def clips(
    examples: Sequence[Example],
    num_frames: int,
    size: int,
    stride: int = 1,
    fps: Fraction | float | None = None,
    sampling: str = "random",
    training: bool = False,
    seed: int = 0,
    short: str = "error",
    batch_size: int | None = None,
    short_side: int | None = None,
    augment: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None,
    workers: int = 2,
    skip: int = 0,
) -> tf.data.Dataset:
    """One clip of every example, decoded by a few threads in an order that depends on the seed only.

    Training shuffles the examples and crops at random; each pass over the data set is another epoch with other draws
    (a new data set with the same seed begins again). Otherwise the order is that of the list, the crop is the centre
    one, and every pass is the same.

    Args:
        examples: what to read, from one of the listing functions.
        num_frames: T, frames of a clip.
        size: side of the square pictures, in pixels.
        stride: distance between two frames of a clip, at the rate `fps` where that is given.
        fps: frames per second to bring every video to; None keeps each one's own.
        sampling: where in its video a clip lies: "random", "centre" or "start".
        training: see above.
        seed: of all draws.
        short: what a video shorter than a clip is: an "error", or filled by a "loop" or by its "last" frame.
        batch_size: clips per batch; None leaves them single. The last batch may be smaller.
        short_side: pixels of the shorter side before the crop; None: 8/7 of `size` (256 for 224).
        augment: `augment(video, seed)`, called on training clips after the crop with an int64 [2] seed of the
            clip's own (`functools.partial(augment_clip, flip=False)` for one).
        workers: decoding threads.
        skip: in training, how many clips to pass over without reading them, counted on through the epochs: a training
            that was interrupted after so many clips goes on with the ones it would have had.

    Returns:
        A data set of {"video": float32 [(batch,) T, size, size, 3] in [0, 1], "label": int64 [(batch)]}. Reading it
        raises tf.errors.InvalidArgumentError, naming the file, for a missing, damaged or too short video.

    Raises:
        InputError: if there is no example, or `sampling`, `short`, `short_side`, `seed` or `skip` is not as above.
    """
    if not examples:
        raise InputError("no example was given: expected at least one video")
    if sampling not in SAMPLINGS or short not in SHORT:
        raise InputError(f"expected sampling in {SAMPLINGS}, short in {tuple(SHORT)}: got {sampling!r}, {short!r}")
    if seed < 0:
        raise InputError(f"seed must be 0 or more, not {seed}")
    if skip < 0 or (skip and not training):
        raise InputError(f"skip must be 0 or, in training, more, not {skip}")
    side = short_side or round(size * 8 / 7)
    if side < size:
        raise InputError(f"short_side must be at least the size, {size}, not {side}")
    paths, labels = zip(*examples, strict=True)
    epochs, begin = divmod(skip, len(paths))

    def draws() -> Iterator[tuple[str, int, np.ndarray]]:
        nonlocal epochs, begin
        rng = np.random.default_rng([seed, epochs])
        epochs += training
        order = rng.permutation(len(paths)) if training else np.arange(len(paths))
        seeds = rng.integers(0, 2**31, size=(len(paths), 2))
        order, seeds, begin = order[begin:], seeds[begin:], 0
        for index, clip_seed in zip(order, seeds, strict=True):
            yield paths[index], labels[index], clip_seed

    lengths: dict[str, int] = {}

    def read(name: str, clip_seed: np.ndarray) -> np.ndarray:
        start = 0
        if sampling != "start":
            if name not in lengths:  # counting decodes the whole file, so it is done once
                lengths[name] = _length(name, fps)
            room = max(lengths[name] - (num_frames - 1) * stride - 1, 0)
            start = room // 2 if sampling == "centre" else int(np.random.default_rng(clip_seed).integers(room + 1))
        return read_clip(name, num_frames, stride, start, fps, pad=SHORT[short])

    def try_read(path: bytes, clip_seed: np.ndarray) -> tuple[np.ndarray, bytes]:
        # An exception would reach the user as TensorFlow's account of a Python traceback; a message stays one line.
        try:
            return read(os.fsdecode(path), clip_seed), b""
        except VideoError as error:
            return np.zeros([num_frames, 1, 1, 3], np.uint8), os.fsencode(str(error))

    def make(path: tf.Tensor, label: tf.Tensor, clip_seed: tf.Tensor) -> dict[str, tf.Tensor]:
        video, problem = tf.numpy_function(try_read, [path, clip_seed], [tf.uint8, tf.string])
        with tf.control_dependencies([tf.debugging.Assert(tf.equal(problem, ""), [problem])]):
            video = tf.ensure_shape(video, [num_frames, None, None, 3])
        video = _resize_short_side(video, side)
        video = random_crop(video, tf.random.fold_in(clip_seed, 1), size) if training else centre_crop(video, size)
        if training and augment is not None:
            video = augment(video, tf.random.fold_in(clip_seed, 2))
        return {"video": tf.ensure_shape(video, [num_frames, size, size, 3]), "label": label}

    signature = (tf.TensorSpec([], tf.string), tf.TensorSpec([], tf.int64), tf.TensorSpec([2], tf.int64))
    dataset = tf.data.Dataset.from_generator(draws, output_signature=signature)
    if not begin:  # otherwise the first pass is shorter than the others
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(paths)))
    dataset = dataset.map(make, num_parallel_calls=workers, deterministic=True)
    if batch_size is not None:
        dataset = dataset.batch(batch_size)
    return dataset.prefetch(1)


def _length(path: str, fps: Fraction | float | None) -> int:
    """Number of frames of a file at the rate `fps`."""
    frames = count_frames(path)
    if fps is None:
        return frames
    with VideoReader(path) as reader:
        return resampled_length(frames, reader.rate, fps)


def _resize_short_side(video: tf.Tensor, side: int) -> tf.Tensor:
    """uint8 [T, height, width, 3] -> float32 in [0, 1], the shorter side `side` pixels long, the shape kept."""
    extent = tf.shape(video)[1:3]
    extent = tf.cast(
        tf.round(tf.cast(extent, tf.float32) * (side / tf.cast(tf.reduce_min(extent), tf.float32))), tf.int32
    )
    return tf.clip_by_value(tf.image.resize(video, extent, antialias=True) / 255.0, 0.0, 1.0)
