"""Videos in folders as a source of clips."""

import functools
from collections.abc import Mapping
from dataclasses import replace

import tensorflow as tf

from mpvn.data.files import listings
from mpvn.data.files.augment import augment_clip
from mpvn.data.files.check_all import CHECKS
from mpvn.data.files.clips import clips
from mpvn.data.files.listings import Listing
from mpvn.data.files.readable import ReadableVideos
from mpvn.data.files.sampling import ClipSampling
from mpvn.data.files.square import SquareCrop
from mpvn.data.video_data import VideoData
from mpvn.errors import InputError
from mpvn.layers.viewing import Viewing

LAYOUTS = ("class_folders", "ucf101", "hmdb51", "kinetics")


# Each parameter is a name that gin files set.
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
    square_pixels: bool = False,
    max_skipped: float = 0.01,
    check: str = "auto",
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
        square_pixels: takes pixels as square, as some data sets of action recognition do, whatever files say of them;
            else pictures have the shape that players show.
        max_skipped: largest share of the videos that may be left out because they cannot be read, one at least; they
            are named in `skipped.csv` of the run folder.
        check: how closely videos are looked at before they are used: "quick", "whole" or "auto", see
            `mpvn.data.files.check_all.problems_of`.

    Raises:
        InputError: an option is unknown or missing, the splits differ in their classes, or a listed file is missing.
    """
    if layout == "class_folders":
        splits = {"train": listings.class_folders(root), "test": listings.class_folders(test_root or root)}
    elif layout in ("ucf101", "hmdb51"):
        splits = _official_splits(layout, root, split_dir, split)
    elif layout == "kinetics":
        splits = _kinetics_splits(root, {"train": train_csv, "validation": validation_csv, "test": test_csv})
    else:
        raise InputError(f"layout={layout!r} is unknown: expected one of {', '.join(LAYOUTS)}")
    class_names = _common_classes(splits)
    if not 0 <= max_skipped <= 1 or check not in CHECKS:
        raise InputError(f"expected max_skipped in [0, 1], check in {CHECKS}: got {max_skipped}, {check!r}")
    crop = SquareCrop(size)
    augment = functools.partial(
        augment_clip, flip=flip, brightness=brightness, contrast=contrast, saturation=saturation
    )
    sampling = ClipSampling(num_frames, stride, fps, "centre", short)
    videos = ReadableVideos({subset: listed for subset, (listed, _) in splits.items()}, sampling, max_skipped, check)

    def clips_of(subset: str, training: bool, seed: int, skip: int) -> tf.data.Dataset:
        dataset = clips(
            videos.examples(subset),
            replace(sampling, sampling="random") if training else sampling,
            crop,
            training,
            seed,
            skip,
            augment,
            leave_out=videos.leave_out(subset),
            square_pixels=square_pixels,
        )
        return dataset.repeat() if training else dataset

    viewing = Viewing(size, crop.resized_to, fps, stride, square_pixels)
    return VideoData(
        class_names, (size, size, 3), num_frames, videos.num_clips, clips_of, check=videos.check_all, viewing=viewing
    )


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
