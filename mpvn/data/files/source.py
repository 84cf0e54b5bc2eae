"""Videos in folders as a source of clips."""

import functools
from collections.abc import Mapping
from typing import Literal

import tensorflow as tf

from mpvn.checked import checked
from mpvn.data.files import listings
from mpvn.data.files.augment import augment_clip
from mpvn.data.files.clips import clips
from mpvn.data.files.listings import Listing
from mpvn.data.files.sampling import ClipSampling
from mpvn.data.files.square import SquareCrop
from mpvn.data.video_data import VideoData
from mpvn.errors import InputError
from mpvn.ranges import Count, LocalPath, Positive, ShareBelowOne


# Each parameter is a name that gin files set.
@checked
def video_files(
    root: LocalPath,
    layout: Literal["class_folders", "ucf101", "hmdb51", "kinetics"] = "class_folders",
    num_frames: Count = 64,
    size: Count = 112,
    stride: Count = 1,
    fps: Positive | None = None,
    split_dir: LocalPath | None = None,
    split: Count = 1,
    validation_csv: LocalPath | None = None,
    train_csv: LocalPath | None = None,
    test_csv: LocalPath | None = None,
    test_root: LocalPath | None = None,
    short: Literal["error", "loop", "last"] = "loop",
    flip: bool = True,
    brightness: ShareBelowOne = 0.0,
    contrast: ShareBelowOne = 0.0,
    saturation: ShareBelowOne = 0.0,
) -> VideoData:
    """Videos in folders; see `mpvn.data.files.listings`.

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

    Raises:
        InputError: an option is unknown or missing, the splits differ in their classes, or a listed file is missing.
    """
    if layout == "class_folders":
        splits = {"train": listings.class_folders(root), "test": listings.class_folders(test_root or root)}
    elif layout in ("ucf101", "hmdb51"):
        splits = _official_splits(layout, root, split_dir, split)
    else:
        splits = _kinetics_splits(root, {"train": train_csv, "validation": validation_csv, "test": test_csv})
    class_names = _common_classes(splits)
    crop = SquareCrop(size)
    augment = functools.partial(
        augment_clip, flip=flip, brightness=brightness, contrast=contrast, saturation=saturation
    )

    def clips_of(subset: str, training: bool, seed: int, skip: int) -> tf.data.Dataset:
        examples, _ = splits[subset]
        sampling = ClipSampling(num_frames, stride, fps, "random" if training else "centre", short)
        dataset = clips(examples, sampling, crop, training, seed, skip, augment)
        return dataset.repeat() if training else dataset

    num_clips = {subset: len(examples) for subset, (examples, _) in splits.items()}
    return VideoData(class_names, (size, size, 3), num_frames, num_clips, clips_of)


def _official_splits(layout: str, root: str, split_dir: str | None, split: int) -> dict[str, Listing]:
    """Train and test of a data set that comes with lists."""
    if split_dir is None:
        raise InputError(f"layout={layout!r} needs split_dir, the folder of the official lists: set it")
    listing = {"ucf101": listings.ucf101, "hmdb51": listings.hmdb51}[layout]
    return {subset: listing(root, split_dir, split, subset) for subset in ("train", "test")}


def _kinetics_splits(root: str, tables: Mapping[str, str | None]) -> dict[str, Listing]:
    """The splits that have a CSV list; the labels are those of the first one."""
    splits, class_names = {}, None
    for subset, table in tables.items():
        if table is not None:
            splits[subset] = listings.kinetics_csv(root, table, class_names=class_names)
            class_names = splits[subset][1]
    if not splits:
        raise InputError("layout='kinetics' needs train_csv, validation_csv or test_csv: set at least one")
    return splits


def _common_classes(splits: Mapping[str, Listing]) -> list[str]:
    """The classes of all splits; InputError where they differ."""
    class_names = next(iter(splits.values()))[1]
    if any(names != class_names for _, names in splits.values()):
        raise InputError(f"the classes of {' and '.join(splits)} differ: expected the same folders in both")
    return class_names
