"""Data sets for training and evaluation: batches of clips and labels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from mpvn.data.files.parts import Parts
from mpvn.errors import InputError
from mpvn.layers.viewing import Viewing

SHUFFLE_BYTES = 2**29


@dataclass(frozen=True)
class VideoData:
    """A data set.

    Attributes:
        class_names: the classes in the order of their labels; empty if there are no labels.
        frame_shape: (height, width, channels).
        num_frames: number of frames of a clip.
        num_clips: number of clips per split, one for each video.
        clips: function of (split, training, seed, skip) that returns a dataset of {"video", **annotations}. In training
            it never ends, every pass has a different order that only depends on the seed, and `skip` clips are skipped.
            Otherwise there are `clips_per_video` consecutive clips of each video.
        groups: {name: labels}, classes whose accuracy is reported separately.
        annotations: annotations of a clip: "label" int64 [], "joints" float32 [time, 17, 3] with (x, y) in pixels from
            the upper left corner of the frame, and 1 if the joint is visible, otherwise 0.
        some: function of (split, count, seed) that returns a dataset of `count` clips of a split, drawn by class, the
            first ones of different classes; None: they are drawn from the result of `clips`, by the seed only.
        clips_per_video: number of clips of a video that together determine its class, except in training.
        masked: whether clips have a "weight" float32 [time]: 0 for frames after the end of a video, which count neither
            in training nor in evaluation, otherwise 1.
        parts: the files of each split, if the clips are from files.
        described: other values that identify this data, for the run folder: values for JSON.
        check: function of the run folder, called before training and evaluation, that finds problems of the data and
            lists in the folder what is left out; None if there is nothing to check.
        viewing: how recordings become such clips, for streams; None if unknown.
    """

    class_names: Sequence[str]
    frame_shape: tuple[int, ...]
    num_frames: int
    num_clips: Mapping[str, int]
    clips: Callable[..., tf.data.Dataset]
    groups: Mapping[str, Sequence[int]] = field(default_factory=dict)
    annotations: Sequence[str] = ("label",)
    some: Callable[[str, int, int], tf.data.Dataset] | None = None
    clips_per_video: int = 1
    masked: bool = False
    parts: Parts | None = None
    described: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[str | Path], None] | None = None
    viewing: Viewing | None = None

    def batches(
        self,
        split: str,
        batch_size: int,
        training: bool = False,
        seed: int = 0,
        skip: int = 0,
        annotation: str = "label",
    ) -> tf.data.Dataset:
        """Batches of (video float32 [batch, time, height, width, 3] in [0, 1], annotation [batch, ...]).

        If the data are masked, weights of frames, [batch, time], come third.
        """
        self._check(split, batch_size, annotation)
        return self._batched(self.clips(split, training, seed, skip), batch_size, annotation, drop_rest=training)

    def some_batches(
        self, split: str, num_clips: int, batch_size: int, seed: int = 0, annotation: str = "label"
    ) -> tf.data.Dataset:
        """Batches, as from `batches`, of `num_clips` representative clips of a split, drawn by seed and class."""
        self._check(split, batch_size, annotation)
        clips = (self.some or self._drawn)(split, min(num_clips, self.num_clips[split]), seed)
        return self._batched(clips, batch_size, annotation, drop_rest=False)

    def _drawn(self, split: str, count: int, seed: int) -> tf.data.Dataset:
        """Clips drawn by the seed only; all clips are read."""
        total = self.num_clips[split]
        chosen = np.zeros(total, bool)
        chosen[np.random.default_rng(seed).choice(total, count, replace=False)] = True
        is_chosen = tf.constant(chosen)
        clips = self.clips(split, False, 0, 0).enumerate().filter(lambda index, _: is_chosen[index])
        return clips.map(lambda _, clip: clip).apply(tf.data.experimental.assert_cardinality(count))

    def _check(self, split: str, batch_size: int, annotation: str) -> None:
        if batch_size < 1:
            raise InputError(f"batch_size={batch_size}: expected a whole number of clips, at least 1")
        if split not in self.num_clips:
            raise InputError(f"split {split!r} is unknown: this data has {', '.join(self.num_clips)}")
        if annotation not in self.annotations:
            raise InputError(
                f"this data has no {annotation}, only {', '.join(self.annotations)}: change the data or the task"
            )

    def _batched(self, clips: tf.data.Dataset, batch_size: int, annotation: str, drop_rest: bool) -> tf.data.Dataset:
        weights = ["weight"] if self.masked else []

        def parts(example: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
            video = example["video"]
            video = tf.cast(video, tf.float32) / 255 if video.dtype == tf.uint8 else video
            video = tf.ensure_shape(video, [None, self.num_frames, *self.frame_shape])
            return video, *(example[name] for name in [annotation, *weights])

        return clips.batch(batch_size, drop_remainder=drop_rest).map(parts, num_parallel_calls=1).prefetch(2)


def shuffled(examples: tf.data.Dataset, num_clips: int, clip_bytes: int, seed: int, skip: int) -> tf.data.Dataset:
    """Endless clips, each pass in a different order, starting at clip `skip`."""
    # TFDS has already shuffled the clips on disk, so a buffer smaller than the data set is sufficient.
    buffer = max(1, min(num_clips, SHUFFLE_BYTES // clip_bytes))
    # Skipping clips is cheap compared to training: they are read, but neither converted nor batched.
    return examples.shuffle(buffer, seed=seed, reshuffle_each_iteration=True).repeat().skip(skip)


def whole_clips(data: Callable[[], VideoData]) -> VideoData:
    """Data in which a whole clip is one frame of shape (frames, height, width, channels): for networks over clips.

    Args:
        data: function that returns the clips, with one label each.

    Raises:
        InputError: the clips are masked.
    """
    frames = data()
    if frames.masked:
        raise InputError("whole_clips does not support short='mask': a whole clip is one frame; set another short")

    def whole(clips: tf.data.Dataset) -> tf.data.Dataset:
        return clips.map(lambda example: {"video": example["video"][tf.newaxis], "label": example["label"]})

    some = frames.some
    return replace(
        frames,
        frame_shape=(frames.num_frames, *frames.frame_shape),
        num_frames=1,
        clips=lambda *which: whole(frames.clips(*which)),
        annotations=("label",),
        some=None if some is None else lambda *which: whole(some(*which)),
    )
