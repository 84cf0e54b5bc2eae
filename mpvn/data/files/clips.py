"""Clips of video files as a `tf.data.Dataset`."""

import os
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf

from mpvn.data.files import at_exit
from mpvn.data.files.augmentation import Augmentation
from mpvn.data.files.listings import Example
from mpvn.data.files.picture import Look
from mpvn.data.files.sampling import ClipReader, ClipSampling
from mpvn.data.files.square import SquareCrop
from mpvn.data.files.stretch import Stretch
from mpvn.data.files.video_error import VideoError
from mpvn.errors import InputError

# Called with an unreadable example and the reason; raises VideoError if there are too many.
LeaveOut = Callable[[Example, str], None]

_DRAWN = (tf.TensorSpec([], tf.int64), tf.TensorSpec([2], tf.int64))

# Number of substitutes to try for an unreadable example.
_MOST_SUBSTITUTES = 100


def clips(
    examples: Sequence[Example],
    sampling: ClipSampling,
    crop: SquareCrop,
    training: bool = False,
    seed: int = 0,
    skip: int = 0,
    augment: Augmentation | None = None,
    workers: int = 2,
    leave_out: LeaveOut | None = None,
    square_pixels: bool = False,
) -> tf.data.Dataset:
    """Clips of every example, decoded by a few threads in an order that depends on the seed only.

    There is one clip of each, or several in a row if the sampling says so.

    Training shuffles the examples and crops at random; each pass over the data set is another epoch with different
    draws (a new data set with the same seed begins again). Otherwise, the order is that of the list, the crop is the
    centre crop, and every pass is the same.

    Args:
        examples: what to read, from one of the listing functions.
        sampling: which frames of a video form its clip.
        crop: the part of the frames to show.
        training: see above.
        seed: seed of all draws.
        skip: in training, number of clips to skip without reading them, counted across epochs: training that was
            interrupted after this many clips continues with the clips that it would have had.
        augment: called on training clips after the crop, with an int64 [2] seed of the clip's own.
        workers: number of decoding threads.
        leave_out: called for examples that cannot be read; it may end the reading. In training, such a clip is replaced
            by a clip of another example, drawn by the clip's own seed; otherwise by the next clip. Without it, the
            first example that cannot be read ends the reading.
        square_pixels: see `mpvn.data.files.picture.Look`.

    Returns:
        A data set of {"video": float32 [T, size, size, 3] in [0, 1], "label": int64 []}, where ends of videos are
        masked with "weight": float32 [T] of the frames. Reading it raises
        tf.errors.InvalidArgumentError, naming the file, for a missing, damaged or too short video that is not left out.

    Raises:
        InputError: if there is no example, or `seed` or `skip` is out of range.
    """
    order = _Order(len(examples), training, seed, skip)
    reader = ClipReader(sampling, Look(square_pixels, crop.resized_to))
    read = _as_operation(_Reading(examples, reader, leave_out, training), sampling)

    def make(video: tf.Tensor, weight: tf.Tensor, label: tf.Tensor, clip_seed: tf.Tensor) -> dict[str, tf.Tensor]:
        video = crop(video, tf.random.fold_in(clip_seed, 1) if training else None)
        if training and augment is not None:
            video, label = augment(video, label, tf.random.fold_in(clip_seed, 2))
        clip = {"video": tf.ensure_shape(video, [sampling.num_frames, crop.size, crop.size, 3]), "label": label}
        return clip | {"weight": weight} if sampling.short == "mask" else clip

    dataset = tf.data.Dataset.from_generator(order.next_pass, output_signature=_DRAWN)
    dataset = dataset.map(read, num_parallel_calls=workers, deterministic=True).unbatch()
    if leave_out is not None and not training:
        dataset = dataset.filter(lambda video, weight, label, clip_seed: label >= 0)
    elif not order.begin:  # otherwise the first pass is shorter than the others
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(examples) * sampling.clips))
    return dataset.map(make, num_parallel_calls=workers, deterministic=True).prefetch(1)


class _Order:
    """The order of examples, pass after pass; arguments are those of `clips`."""

    def __init__(self, count: int, training: bool, seed: int, skip: int) -> None:
        if not count:
            raise InputError("no examples were given: expected at least one video")
        if seed < 0:
            raise InputError(f"seed must be 0 or more, not {seed}")
        if skip < 0 or (skip and not training):
            raise InputError(f"skip must be 0 or, in training, more, not {skip}")
        self.count, self.training, self.seed = count, training, seed
        self.epoch, self.begin = divmod(skip, count)

    def next_pass(self) -> Iterator[tuple[int, np.ndarray]]:
        """Index of the example and seed [2] of every clip of a pass; in training, each pass is another epoch."""
        rng = np.random.default_rng([self.seed, self.epoch])
        order = rng.permutation(self.count) if self.training else np.arange(self.count)
        seeds = rng.integers(0, 2**31, size=(self.count, 2))
        order, seeds = order[self.begin :], seeds[self.begin :]
        self.epoch, self.begin = self.epoch + self.training, 0
        for drawn in zip(order, seeds, strict=True):
            if at_exit.is_closed():
                return
            yield drawn


class _Reading:
    """Clips by the index of their example; arguments are those of `clips`."""

    def __init__(
        self, examples: Sequence[Example], reader: ClipReader, leave_out: LeaveOut | None, training: bool
    ) -> None:
        self._examples, self._reader, self._leave_out, self._training = examples, reader, leave_out, training

    def __call__(self, index: int, clip_seed: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        """The result of `ClipReader.read`, and the label, which is -1 if the video is left out.

        Raises:
            VideoError: the video is missing, damaged or too short, and may not be left out.
        """
        substitutes = np.random.default_rng([*clip_seed, 1])
        for _ in range(_MOST_SUBSTITUTES):
            path, label, begin, end = self._examples[index]
            try:
                return *self._reader.read(path, clip_seed, Stretch(begin, end)), label
            except VideoError as error:
                if self._leave_out is None:
                    raise
                self._leave_out(self._examples[index], str(error))
            if not self._training:
                return *_nothing(self._reader.sampling), -1
            index = int(substitutes.integers(len(self._examples)))
        raise VideoError(f"{_MOST_SUBSTITUTES} consecutive videos cannot be read, the last one {path}")


def _nothing(sampling: ClipSampling) -> tuple[np.ndarray, np.ndarray]:
    """Placeholders for the clips of an unreadable video, and for their weights."""
    shape = sampling.clips, sampling.num_frames
    return np.zeros([*shape, 1, 1, 3], np.uint8), np.zeros(shape, np.float32)


def _as_operation(reading: _Reading, sampling: ClipSampling) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, ...]]:
    """(index, seed [2]) -> (uint8 [clips, T, height, width, 3], weight [clips, T], label [clips], seed [clips, 2])."""
    several = sampling.clips

    def try_read(index: np.ndarray, clip_seed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.int64, bytes]:
        # TensorFlow would show an exception as a Python traceback; a message stays one line.
        try:
            with at_exit.reading():
                video, weight, label = reading(int(index), clip_seed)
            return video, weight, np.int64(label), b""
        except InputError as error:
            return *_nothing(sampling), np.int64(-1), os.fsencode(str(error))

    def read(index: tf.Tensor, clip_seed: tf.Tensor) -> tuple[tf.Tensor, ...]:
        given = [tf.uint8, tf.float32, tf.int64, tf.string]
        video, weight, label, problem = tf.numpy_function(try_read, [index, clip_seed], given)
        with tf.control_dependencies([tf.debugging.Assert(tf.equal(problem, ""), [problem])]):
            video = tf.ensure_shape(video, [several, sampling.num_frames, None, None, 3])
        weight = tf.ensure_shape(weight, [several, sampling.num_frames])
        label = tf.repeat(tf.ensure_shape(label, []), several)
        return video, weight, label, tf.repeat(clip_seed[tf.newaxis], several, axis=0)

    return read
