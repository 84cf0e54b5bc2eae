"""Clips of video files as a `tf.data.Dataset`."""

import os
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf

from mpvn.data.files.listings import Example
from mpvn.data.files.sampling import ClipReader, ClipSampling
from mpvn.data.files.square import SquareCrop
from mpvn.data.files.video_error import VideoError
from mpvn.errors import InputError

_DRAWN = (tf.TensorSpec([], tf.string), tf.TensorSpec([], tf.int64), tf.TensorSpec([2], tf.int64))


def clips(
    examples: Sequence[Example],
    sampling: ClipSampling,
    crop: SquareCrop,
    training: bool = False,
    seed: int = 0,
    skip: int = 0,
    augment: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None,
    workers: int = 2,
) -> tf.data.Dataset:
    """One clip of every example, decoded by a few threads in an order that depends on the seed only.

    Training shuffles the examples and crops at random; each pass over the data set is another epoch with other draws
    (a new data set with the same seed begins again). Otherwise the order is that of the list, the crop is the centre
    one, and every pass is the same.

    Args:
        examples: what to read, from one of the listing functions.
        sampling: which frames of a video are its clip.
        crop: which part of the frames is seen.
        training: see above.
        seed: of all draws.
        skip: in training, how many clips to pass over without reading them, counted on through the epochs: a training
            that was interrupted after so many clips goes on with the ones it would have had.
        augment: `augment(video, seed)`, called on training clips after the crop with an int64 [2] seed of the
            clip's own (`functools.partial(augment_clip, flip=False)` for one).
        workers: decoding threads.

    Returns:
        A data set of {"video": float32 [T, size, size, 3] in [0, 1], "label": int64 []}. Reading it raises
        tf.errors.InvalidArgumentError, naming the file, for a missing, damaged or too short video.

    Raises:
        InputError: if there is no example, or `seed` or `skip` is not as above.
    """
    order = _Order(examples, training, seed, skip)
    read = _reading(ClipReader(sampling))

    def make(path: tf.Tensor, label: tf.Tensor, clip_seed: tf.Tensor) -> dict[str, tf.Tensor]:
        video = crop(read(path, clip_seed), tf.random.fold_in(clip_seed, 1) if training else None)
        if training and augment is not None:
            video = augment(video, tf.random.fold_in(clip_seed, 2))
        return {"video": tf.ensure_shape(video, [sampling.num_frames, crop.size, crop.size, 3]), "label": label}

    dataset = tf.data.Dataset.from_generator(order.next_pass, output_signature=_DRAWN)
    if not order.begin:  # otherwise the first pass is shorter than the others
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(examples)))
    return dataset.map(make, num_parallel_calls=workers, deterministic=True).prefetch(1)


class _Order:
    """The order of examples, pass after pass; arguments are those of `clips`."""

    def __init__(self, examples: Sequence[Example], training: bool, seed: int, skip: int) -> None:
        if not examples:
            raise InputError("no example was given: expected at least one video")
        if seed < 0:
            raise InputError(f"seed must be 0 or more, not {seed}")
        if skip < 0 or (skip and not training):
            raise InputError(f"skip must be 0 or, in training, more, not {skip}")
        self.examples, self.training, self.seed = examples, training, seed
        self.epoch, self.begin = divmod(skip, len(examples))

    def next_pass(self) -> Iterator[tuple[str, int, np.ndarray]]:
        """Path, label and seed [2] of every clip of a pass; in training, each pass is another epoch."""
        count = len(self.examples)
        rng = np.random.default_rng([self.seed, self.epoch])
        order = rng.permutation(count) if self.training else np.arange(count)
        seeds = rng.integers(0, 2**31, size=(count, 2))
        order, seeds = order[self.begin :], seeds[self.begin :]
        self.epoch, self.begin = self.epoch + self.training, 0
        for index, clip_seed in zip(order, seeds, strict=True):
            yield *self.examples[index], clip_seed


def _reading(reader: ClipReader) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """The reader as an operation: (path, seed [2]) -> uint8 [T, height, width, 3]."""
    num_frames = reader.sampling.num_frames

    def try_read(path: bytes, clip_seed: np.ndarray) -> tuple[np.ndarray, bytes]:
        # An exception would reach the user as TensorFlow's account of a Python traceback; a message stays one line.
        try:
            return reader.read(os.fsdecode(path), clip_seed), b""
        except VideoError as error:
            return np.zeros([num_frames, 1, 1, 3], np.uint8), os.fsencode(str(error))

    def read(path: tf.Tensor, clip_seed: tf.Tensor) -> tf.Tensor:
        video, problem = tf.numpy_function(try_read, [path, clip_seed], [tf.uint8, tf.string])
        with tf.control_dependencies([tf.debugging.Assert(tf.equal(problem, ""), [problem])]):
            return tf.ensure_shape(video, [num_frames, None, None, 3])

    return read
