"""Data sets as training and evaluation see them: batches of clips and labels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import tensorflow as tf

from mpvn.data import moving_objects as moving_objects_lib
from mpvn.data import video_clips
from mpvn.data import video_files as files
from mpvn.data import walkers as walkers_lib
from mpvn.data.augment import augment_clip
from mpvn.data.options import FPS
from mpvn.errors import InputError

SHUFFLE_BYTES = 2**29


@dataclass(frozen=True)
class VideoData:
    """A data set.

    Attributes:
        class_names: the classes in the order of their labels; none where there are no labels.
        frame_shape: (height, width, channels).
        num_frames: length of a clip.
        num_clips: clips per split.
        clips: function of (split, training, seed, skip) that gives a dataset of {"video", **annotations}. In training
            it never ends, every pass has an order of its own that depends on the seed only, and `skip` clips are
            passed over.
        groups: {name: labels}, classes whose accuracy is reported apart.
        annotations: what is known of a clip: "label" int64 [], "joints" float32 [time, 17, 3] with (x, y) in pixels
            from the left upper corner of the frame, and 1 where the joint can be seen, else 0.
    """

    class_names: Sequence[str]
    frame_shape: tuple[int, int, int]
    num_frames: int
    num_clips: Mapping[str, int]
    clips: Callable[..., tf.data.Dataset]
    groups: Mapping[str, Sequence[int]] = field(default_factory=dict)
    annotations: Sequence[str] = ("label",)

    def batches(
        self,
        split: str,
        batch_size: int,
        training: bool = False,
        seed: int = 0,
        skip: int = 0,
        annotation: str = "label",
    ) -> tf.data.Dataset:
        """Batches of (video float32 [batch, time, height, width, 3] in [0, 1], annotation [batch, ...])."""
        if batch_size < 1:
            raise InputError(f"batch_size={batch_size}: expected a whole number of clips from 1 on")
        if split not in self.num_clips:
            raise InputError(f"split {split!r} is unknown: this data has {', '.join(self.num_clips)}")
        if annotation not in self.annotations:
            raise InputError(
                f"this data has no {annotation}, only {', '.join(self.annotations)}: change the data or the task"
            )

        def pair(example):
            video = example["video"]
            video = tf.cast(video, tf.float32) / 255 if video.dtype == tf.uint8 else video
            return tf.ensure_shape(video, [None, self.num_frames, *self.frame_shape]), example[annotation]

        clips = self.clips(split, training, seed, skip).batch(batch_size, drop_remainder=training)
        return clips.map(pair, num_parallel_calls=1).prefetch(2)


def walkers(
    num_frames: int = 32,
    size: int = 64,
    num_train: int = 1200,
    num_validation: int = 240,
    num_test: int = 240,
    classes: str = "all",
    stride: int = 1,
    longest_stride: int | None = None,
    fps: int = FPS,
    data_dir: str | None = None,
) -> VideoData:
    """The synthetic `walkers`, made in `data_dir` at the first use; see `mpvn.data.walkers`.

    Args:
        num_frames: length of a clip.
        size: height and width of a frame, in pixels.
        num_train, num_validation, num_test: clips per split, of all classes.
        classes: `"all"`, `"appearance"` (a single frame tells which) or `"motion"` (pairs that only motion tells
            apart); of the clips, only those of these classes are used.
        stride: distance between two frames of a clip.
        longest_stride: clips are made long enough for it, so that several strides share them; by default `stride`.
        fps: frames per second, before frames are left out by `stride`; the figures are as fast at any.
        data_dir: folder of TFDS data; by default TFDS's own.
    """
    longest_stride = longest_stride or stride
    if not 1 <= stride <= longest_stride:
        raise InputError(f"stride={stride}: expected a whole number from 1 to longest_stride, {longest_stride}")
    options = dict(
        num_frames=(num_frames - 1) * longest_stride + 1,
        size=size,
        fps=fps,
        num_train=num_train,
        num_validation=num_validation,
        num_test=num_test,
    )
    all_names = walkers_lib.ACTIONS
    groups = {"appearance": walkers_lib.APPEARANCE_CLASSES, "motion": walkers_lib.MOTION_CLASSES}
    if classes not in ("all", *groups):
        raise InputError(f"classes={classes!r} is unknown: expected 'all', {', '.join(map(repr, groups))}")
    names = all_names if classes == "all" else groups[classes]
    label_of = tf.constant([names.index(name) if name in names else -1 for name in all_names], tf.int64)
    # Label i of the clip with index i modulo the number of classes: every split is balanced.
    num_clips = {
        split: sum(all_names[i % len(all_names)] in names for i in range(options[f"num_{split}"]))
        for split in walkers_lib.SPLITS
    }

    def chosen(example):
        visible = tf.cast(example["visible"], tf.float32)
        joints = tf.concat([example["joints"], visible[..., tf.newaxis]], -1)
        return {
            "video": example["video"][::stride][:num_frames],
            "joints": joints[::stride][:num_frames],
            "label": tf.gather(label_of, example["label"]),
        }

    def clips(split, training, seed, skip):
        examples = walkers_lib.load(split, data_dir=data_dir, **options).map(chosen)
        examples = examples.filter(lambda example: example["label"] >= 0)
        examples = examples.apply(tf.data.experimental.assert_cardinality(num_clips[split]))
        if not training:
            return examples
        return _shuffled(examples, num_clips[split], num_frames * size * size * 3, seed, skip)

    members = {name: [names.index(c) for c in group if c in names] for name, group in groups.items()}
    members = {name: labels for name, labels in members.items() if labels}
    return VideoData(names, (size, size, 3), num_frames, num_clips, clips, members, ("label", "joints"))


def moving_objects(
    num_frames: int = 64,
    size: int = 64,
    num_train: int = 256,
    num_validation: int = 32,
    num_test: int = 64,
    least_objects: int = 3,
    most_objects: int = 6,
    fps: int = FPS,
    data_dir: str | None = None,
) -> VideoData:
    """The synthetic `moving_objects`, made in `data_dir` at the first use; see `mpvn.data.moving_objects`.

    Args:
        num_frames: length of a clip.
        size: height and width of a frame, in pixels.
        num_train, num_validation, num_test: clips per split.
        least_objects, most_objects: how many solids there may be in a clip.
        fps: frames per second; the solids are as fast at any.
        data_dir: folder of TFDS data; by default TFDS's own.
    """
    num_clips = {"train": num_train, "validation": num_validation, "test": num_test}
    options = {f"num_{split}": num for split, num in num_clips.items()}
    options |= dict(num_frames=num_frames, size=size, least_objects=least_objects, most_objects=most_objects, fps=fps)

    def clips(split, training, seed, skip):
        examples = moving_objects_lib.load(split, data_dir=data_dir, **options)
        examples = examples.map(lambda example: {"video": example["video"], "label": tf.constant(0, tf.int64)})
        return _shuffled(examples, num_clips[split], num_frames * size * size * 3, seed, skip) if training else examples

    return VideoData((), (size, size, 3), num_frames, {s: n for s, n in num_clips.items() if n}, clips)


def _shuffled(examples, num_clips: int, clip_bytes: int, seed: int, skip: int):
    """Clips without an end, each pass in an order of its own, from clip `skip` on."""
    # TFDS has shuffled the clips on disk already, so a buffer smaller than the data set mixes well enough.
    buffer = max(1, min(num_clips, SHUFFLE_BYTES // clip_bytes))
    # Passing over clips costs little beside training on them: they are read, but neither converted nor batched.
    return examples.shuffle(buffer, seed=seed, reshuffle_each_iteration=True).repeat().skip(skip)


def whole_clips(data: Callable[[], VideoData]) -> VideoData:
    """Data in which a whole clip is one frame of shape (frames, height, width, channels): for networks over clips.

    Args:
        data: function that gives the clips, with a label each.
    """
    found = data()

    def clips(split, training, seed, skip):
        examples = found.clips(split, training, seed, skip)
        return examples.map(lambda example: {"video": example["video"][tf.newaxis], "label": example["label"]})

    shape = (found.num_frames, *found.frame_shape)
    return VideoData(found.class_names, shape, 1, found.num_clips, clips, found.groups)


LAYOUTS = ("class_folders", "ucf101", "hmdb51", "kinetics")


def video_files(
    root: str,
    layout: str = "class_folders",
    num_frames: int = 64,
    size: int = 112,
    stride: int = 1,
    fps: float | None = None,
    split_dir: str | None = None,
    split: int = 1,
    validation_csv: str | None = None,
    train_csv: str | None = None,
    test_csv: str | None = None,
    test_root: str | None = None,
    short: str = "loop",
    flip: bool = True,
    brightness: float = 0.0,
    contrast: float = 0.0,
    saturation: float = 0.0,
) -> VideoData:
    """Videos in folders; see `mpvn.data.video_files`.

    Args:
        root: folder of the videos.
        layout: `"class_folders"` (train and test are `root` and `test_root`), `"ucf101"`, `"hmdb51"` (with the
            official lists in `split_dir`) or `"kinetics"` (with a CSV list per split).
        num_frames: frames of a clip.
        size: side of the square pictures, in pixels.
        stride: distance between two frames of a clip.
        fps: rate to bring every video to; None keeps each one's own.
        split_dir: folder of the official lists.
        split: number of the official split.
        train_csv, validation_csv, test_csv: Kinetics-style lists.
        test_root: test folder of `"class_folders"`; by default `root`.
        short: what a video shorter than a clip is: "error", or filled by a "loop" or by its "last" frame.
        flip, brightness, contrast, saturation: augmentation of training clips.
    """
    listings = {}
    if layout == "class_folders":
        listings = {"train": files.class_folders(root), "test": files.class_folders(test_root or root)}
    elif layout in ("ucf101", "hmdb51"):
        if split_dir is None:
            raise InputError(f"layout={layout!r} needs split_dir, the folder of the official lists: set it")
        listing = getattr(files, layout)
        listings = {subset: listing(root, split_dir, split, subset) for subset in ("train", "test")}
    elif layout == "kinetics":
        tables = {"train": train_csv, "validation": validation_csv, "test": test_csv}
        names = None
        for subset, table in tables.items():
            if table is not None:
                listings[subset] = files.kinetics_csv(root, table, class_names=names)
                names = listings[subset][1]
        if not listings:
            raise InputError("layout='kinetics' needs train_csv, validation_csv or test_csv: set at least one")
    else:
        raise InputError(f"layout={layout!r} is unknown: expected one of {', '.join(LAYOUTS)}")
    class_names = next(iter(listings.values()))[1]
    if any(names != class_names for _, names in listings.values()):
        raise InputError(f"the classes of {' and '.join(listings)} differ: expected the same folders in both")

    def augment(video, seed):
        return augment_clip(video, seed, flip=flip, brightness=brightness, contrast=contrast, saturation=saturation)

    def clips(subset, training, seed, skip):
        dataset = video_clips.clips(
            listings[subset][0],
            num_frames,
            size,
            stride,
            fps,
            sampling="random" if training else "centre",
            training=training,
            seed=seed,
            short=short,
            augment=augment,
            skip=skip,
        )
        return dataset.repeat() if training else dataset

    num_clips = {subset: len(examples) for subset, (examples, _) in listings.items()}
    return VideoData(class_names, (size, size, 3), num_frames, num_clips, clips)
