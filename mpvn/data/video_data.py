"""A data set as training and evaluation see it: batches of clips and labels."""

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
        class_names: the classes in the order of their labels; none where there are no labels.
        frame_shape: (height, width, channels).
        num_frames: length of a clip.
        num_clips: clips per split, one of each video.
        clips: function of (split, training, seed, skip) that gives a dataset of {"video", **annotations}. In training
            it never ends, every pass has an order of its own that depends on the seed only, and `skip` clips are
            passed over. Otherwise there are `clips_per_video` clips of each video in a row.
        groups: {name: labels}, classes whose accuracy is reported apart.
        annotations: what is known of a clip: "label" int64 [], "joints" float32 [time, 17, 3] with (x, y) in pixels
            from the left upper corner of the frame, and 1 where the joint can be seen, else 0.
        some: function of (split, count, seed) that gives a dataset of so many clips of a split, drawn by class, the
            first ones of different classes; None: they are drawn from what `clips` gives, by the seed alone.
        clips_per_video: how many clips of a video say together what its class is, where it is not for training.
        masked: whether clips have a "weight" float32 [time]: 0 for frames after the end of a video, which count neither
            in training nor in evaluation, else 1.
        parts: which files are in which split, where the clips are of files.
        described: what else tells this data from others, for the run folder: values that JSON can hold.
        check: function of the run folder, called before training and evaluation, that finds what is wrong with the
            data as far as that can be known, and names in the folder what is left out; None if there is nothing to
            find.
        viewing: how recordings become such clips, so that streams show a network the same; None if unknown.
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

        Where the data are masked, the weights of frames, [batch, time], come third.
        """
        self._check(split, batch_size, annotation)
        return self._batched(self.clips(split, training, seed, skip), batch_size, annotation, drop_rest=training)

    def some_batches(
        self, split: str, num_clips: int, batch_size: int, seed: int = 0, annotation: str = "label"
    ) -> tf.data.Dataset:
        """Batches, as `batches` gives, of `num_clips` clips that stand for a split: drawn by a seed, and by class."""
        self._check(split, batch_size, annotation)
        clips = (self.some or self._drawn)(split, min(num_clips, self.num_clips[split]), seed)
        return self._batched(clips, batch_size, annotation, drop_rest=False)

    def _drawn(self, split: str, count: int, seed: int) -> tf.data.Dataset:
        """Clips that are drawn by the seed alone; all are read."""
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
    """Clips without an end, each pass in an order of its own, from clip `skip` on."""
    # TFDS has shuffled the clips on disk already, so a buffer smaller than the data set mixes well enough.
    buffer = max(1, min(num_clips, SHUFFLE_BYTES // clip_bytes))
    # Passing over clips costs little beside training on them: they are read, but neither converted nor batched.
    return examples.shuffle(buffer, seed=seed, reshuffle_each_iteration=True).repeat().skip(skip)


def whole_clips(data: Callable[[], VideoData]) -> VideoData:
    """Data in which a whole clip is one frame of shape (frames, height, width, channels): for networks over clips.

    Args:
        data: function that gives the clips, with a label each.

    Raises:
        InputError: the clips are masked.
    """
    frames = data()
    if frames.masked:
        raise InputError("whole_clips with short='mask': a clip is one frame there, and has no end; set another short")

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
