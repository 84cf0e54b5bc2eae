"""Clips from any data set of TensorFlow Datasets that has videos."""

import contextlib
import functools
import io
import json
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any, Literal

import tensorflow as tf
import tensorflow_datasets as tfds

from mpvn.checked import checked
from mpvn.data.drawing import drawn_by_class
from mpvn.data.files.augmentation import Augmentation, CropArea, CropAspect, Hue, mirror_images
from mpvn.data.files.square import SquareCrop
from mpvn.data.options import DataDir
from mpvn.data.prepared.plan import CLAIM
from mpvn.data.video_data import VideoData, shuffled
from mpvn.errors import InputError
from mpvn.layers.viewing import Viewing
from mpvn.ranges import Count, Name, ShareBelowOne

# Kept encoded until the frames of a clip are chosen: whole videos as pixels would fill the memory.
_ENCODED = {"video": tfds.decode.SkipDecoding()}
_VIDEO_BYTES = 2**20  # of one encoded video, where the data set does not say


# Each parameter is a name that gin files set.
@checked
def tfds_clips(
    name: Name,
    data_dir: DataDir | None = None,
    num_frames: Count = 64,
    size: Count = 112,
    stride: Count = 1,
    train_split: Name = "train",
    validation_split: Name = "validation",
    test_split: Name = "test",
    short: Literal["error", "loop", "last", "mask"] = "loop",
    flip: bool = True,
    brightness: ShareBelowOne = 0.0,
    contrast: ShareBelowOne = 0.0,
    saturation: ShareBelowOne = 0.0,
    hue: Hue = 0.0,
    crop_area: CropArea | None = None,
    crop_aspect: CropAspect | None = None,
    flip_classes: Mapping[str, str] | None = None,
    test_clips: Count = 1,
) -> VideoData:
    """Clips of a TFDS data set with a feature `video`, and with labels if it has a `ClassLabel` named `label`.

    The data set is built on first use, which may download it.

    Args:
        name: such as "ucf101", "ucf101/ucf101_2_256:2.0.0", or the name of a data set in `data_dir`.
        data_dir: folder of TFDS data; by default that of TFDS.
        num_frames: number of frames of a clip: at a random time in training, otherwise in the middle.
        size: side of the square frames, in pixels; a random crop in training, otherwise the centre crop.
        stride: distance between two frames of a clip.
        train_split, validation_split, test_split: names or slices of splits, such as "train[:80%]"; default splits
            that do not exist are left out.
        short: how to treat a video shorter than a clip: "error"; "loop" repeats the video, "last" its last frame;
            "mask" repeats its last frame, and neither training nor evaluation counts the frames after its end.
        flip, brightness, contrast, saturation, hue, crop_area, crop_aspect, flip_classes, test_clips: see
            `video_files`.

    Raises:
        InputError: the data set or a split does not exist, it has no videos, or splits share examples.
    """
    builder = _builder(name, data_dir)
    _check_video(builder)
    splits = _splits(builder, {"train": train_split, "validation": validation_split, "test": test_split})
    class_names = _class_names(builder)
    crop = SquareCrop(size, area=crop_area, aspect=crop_aspect)
    pick = functools.partial(_picked, num_frames=num_frames, stride=stride, short=short, name=name)
    images = mirror_images(class_names, flip_classes or {}, flip)
    augment = Augmentation(flip, brightness, contrast, saturation, hue, images)
    decode = _decoding(builder)

    def label_of(example: dict[str, tf.Tensor]) -> tf.Tensor:
        if not class_names:
            return tf.zeros([], tf.int64)
        # Test sets with secret labels have -1.
        with tf.control_dependencies([tf.debugging.Assert(example["label"] >= 0, [f"videos of {name} have no label"])]):
            return tf.identity(example["label"])

    def examples(part: str) -> tf.data.Dataset:
        encoded = builder.as_dataset(split=splits[part], decoders=_ENCODED)
        return encoded.map(lambda example: {"video": example["video"], "label": label_of(example)})

    def clip(video: tf.Tensor, label: tf.Tensor, weight: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"video": video, "label": label} | ({"weight": weight} if short == "mask" else {})

    def part_of(example: dict[str, tf.Tensor], part: int = 0, parts: int = 1) -> dict[str, tf.Tensor]:
        frames, weight = pick(example["video"], (part, parts))
        return clip(crop(decode(frames)), example["label"], weight)

    def several(example: dict[str, tf.Tensor]) -> tf.data.Dataset:
        numbers = tf.data.Dataset.range(test_clips, output_type=tf.int32)
        return numbers.map(lambda number: part_of(example, number, test_clips), num_parallel_calls=2)

    def drawn(index: tf.Tensor, example: dict[str, tf.Tensor], seed: int) -> dict[str, tf.Tensor]:
        seeds = [tf.random.fold_in(tf.stack([tf.cast(seed, tf.int64), index]), number) for number in range(3)]
        frames, weight = pick(example["video"], seed=seeds[0])
        video, label = augment(crop(decode(frames), seeds[1]), example["label"], seeds[2])
        return clip(video, label, weight)

    num_clips = {part: int(examples(part).cardinality()) for part in splits}

    def clips(part: str, training: bool, seed: int, skip: int) -> tf.data.Dataset:
        if not training and test_clips > 1:
            return (
                examples(part)
                .flat_map(several)
                .apply(tf.data.experimental.assert_cardinality(test_clips * num_clips[part]))
            )
        if not training:
            return examples(part).map(part_of, num_parallel_calls=2)
        numbered = (
            shuffled(examples(part), num_clips[part], _bytes(builder, splits[part]), seed, 0).enumerate().skip(skip)
        )
        return numbered.map(functools.partial(drawn, seed=seed), num_parallel_calls=2, deterministic=True)

    def some(part: str, count: int, seed: int) -> tf.data.Dataset:
        labels = [int(label) for label in examples(part).map(lambda example: example["label"])]
        chosen = set(drawn_by_class(labels, count, seed))
        is_chosen = tf.constant([index in chosen for index in range(len(labels))])
        few = examples(part).enumerate().filter(lambda index, _: is_chosen[index])
        few = few.map(lambda _, example: part_of(example))
        return few.apply(tf.data.experimental.assert_cardinality(len(chosen)))

    described = {"tfds": builder.info.full_name, "splits": splits}
    return VideoData(
        class_names,
        (size, size, 3),
        num_frames,
        num_clips,
        clips,
        some=some,
        clips_per_video=test_clips,
        masked=short == "mask",
        described=described,
        viewing=Viewing(size, crop.resized_to, **_prepared(builder), stride=stride),
    )


def _prepared(builder: tfds.core.DatasetBuilder) -> dict[str, Any]:
    """How recordings became the videos, if `mpvn.prepare_data` made them; otherwise unknown."""
    path = builder.data_path / CLAIM
    if not path.exists():
        return {}
    pictures = json.loads(path.read_text())["pictures"]
    return {key: pictures[key] for key in ("fps", "square_pixels")}


def _builder(name: str, data_dir: str | None) -> tfds.core.DatasetBuilder:
    """The data set; it is built if it does not exist."""
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except Exception as error:  # a wrong name, version or option, or a missing package raises a different error each
        raise InputError(
            f"TFDS data set {name!r} does not exist ({_words(error)}): change tfds_clips.name or .data_dir"
        ) from None
    if not builder.is_prepared():
        print(f"making {builder.info.full_name} in {builder.data_path}")
        tfds.disable_progress_bar()
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                builder.download_and_prepare()
        except Exception as error:  # builders are arbitrary code, and downloads raise many kinds of errors
            raise InputError(f"TFDS data set {name!r} cannot be made in {builder.data_path}: {_words(error)}") from None
    return builder


def _words(error: Exception) -> str:
    """The first line of what an error says."""
    return next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)


def _check_video(builder: tfds.core.DatasetBuilder) -> None:
    """InputError unless the data set has videos of frames of whole numbers from 0 to 255."""
    features = builder.info.features
    video = features["video"] if "video" in features else None  # noqa: SIM401 - it has no `get`
    shape, dtype = getattr(video, "shape", None), getattr(video, "dtype", None)
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[-1] not in (1, 3) or tf.as_dtype(dtype) != tf.uint8:
        raise InputError(
            f"{builder.info.full_name} has no feature 'video' of uint8 [time, height, width, 1 or 3], only "
            f"{', '.join(features)}: change tfds_clips.name"
        )


def _class_names(builder: tfds.core.DatasetBuilder) -> list[str]:
    features = builder.info.features
    if "label" not in features or not isinstance(features["label"], tfds.features.ClassLabel):
        return []
    return list(features["label"].names)


def _splits(builder: tfds.core.DatasetBuilder, wanted: Mapping[str, str]) -> dict[str, str]:
    """{part: split}, of those that exist."""
    known = builder.info.splits
    if not known:  # as under tfds.testing.mock_data, which gives any split
        return {part: split for part, split in wanted.items() if part != "validation" or split != part}
    splits = {}
    for part, split in wanted.items():
        try:
            known[split]
        except (KeyError, ValueError):
            if split != part:
                there = ", ".join(known)
                raise InputError(
                    f"{builder.info.full_name} has no split {split!r}, only {there}: change tfds_clips.{part}_split"
                ) from None
        else:
            splits[part] = split
    for one, other in combinations(splits, 2):
        if _overlap(known[splits[one]].file_instructions, known[splits[other]].file_instructions):
            raise InputError(
                f"tfds_clips: {splits[one]!r} and {splits[other]!r} share examples: expected different examples for "
                f"{one} and {other}; change {one}_split or {other}_split"
            )
    return splits


def _overlap(one: list, other: list) -> bool:
    """Whether two splits read the same examples of a file."""

    def stretches(instructions: list) -> list[tuple[str, int, int]]:
        return [(i.filename, i.skip, i.skip + i.take) for i in instructions]

    return any(
        file == other_file and begin < other_end and other_begin < end
        for file, begin, end in stretches(one)
        for other_file, other_begin, other_end in stretches(other)
    )


def _bytes(builder: tfds.core.DatasetBuilder, split: str) -> int:
    """About how large a video is in memory, as it is encoded."""
    if not builder.info.splits:
        return _VIDEO_BYTES
    base = builder.info.splits[split.split("[")[0].split("+")[0]]
    return max(1, base.num_bytes // max(1, base.num_examples))


def _picked(
    frames: tf.Tensor,
    part: tuple[int, int] = (0, 1),
    seed: tf.Tensor | None = None,
    *,
    num_frames: int,
    stride: int,
    short: str,
    name: str,
) -> tuple[tf.Tensor, tf.Tensor]:
    """The frames of a clip, still encoded if they were, and weights: 0 after the video's end, otherwise 1.

    The clip is drawn at random with a seed; else it is one of several.

    `part` is (number of the clip, how many there are); see `ClipSampling` for where they lie.
    """
    length = tf.shape(frames)[0]
    reach = (num_frames - 1) * stride + 1
    least = reach if short == "error" else 1
    words = tf.strings.format(f"a video of {name} has {{}} frames, but the clip needs {least}", length)
    with tf.control_dependencies([tf.debugging.Assert(length >= least, [words])]):
        room = tf.maximum(length - reach, 0)
    number, count = part
    middle = room * (2 * number + 1) // (2 * count)
    start = middle if seed is None else tf.random.stateless_uniform([], seed, 0, room + 1, tf.int32)
    index = start + stride * tf.range(num_frames)
    inside = index % length if short == "loop" else tf.minimum(index, length - 1)
    return tf.gather(frames, inside), tf.cast(index < length, tf.float32)


def _decoding(builder: tfds.core.DatasetBuilder) -> Callable[[tf.Tensor], tf.Tensor]:
    """Function from the picked frames of a clip to uint8 [time, height, width, 3]."""
    video = builder.info.features["video"]

    def decode(frames: tf.Tensor) -> tf.Tensor:
        if frames.dtype == tf.string:
            signature = tf.TensorSpec(video.shape[1:], tf.uint8)
            frames = tf.map_fn(video.feature.decode_example, frames, fn_output_signature=signature)
        return tf.image.grayscale_to_rgb(frames) if video.shape[-1] == 1 else frames

    return decode
