"""Clips from folders of videos."""

import functools
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Annotated, Literal, TypeAlias

import tensorflow as tf

from mpvn.checked import checked
from mpvn.data.drawing import drawn_by_class
from mpvn.data.files.augmentation import Augmentation, CropArea, CropAspect, Hue, mirror_images
from mpvn.data.files.clips import clips
from mpvn.data.files.layouts import layout_of
from mpvn.data.files.layouts.place import Place
from mpvn.data.files.left_out import MAX_SKIPPED
from mpvn.data.files.parting import parts_of
from mpvn.data.files.readable import ReadableVideos
from mpvn.data.files.sampling import ClipSampling
from mpvn.data.files.square import SquareCrop
from mpvn.data.video_data import VideoData
from mpvn.errors import InputError
from mpvn.layers.viewing import Viewing
from mpvn.ranges import Count, CountOrZero, LocalPath, Share, ShareBelowOne, Within

# Frames per second; more would only repeat frames, and reading a clip would take too long.
Rate: TypeAlias = Annotated[float, Within(0.001, 1000)]

TEST_SHARE = 0.2  # default share to hold out: our choice


# Each parameter is a name that gin files set.
@checked
def video_files(
    root: LocalPath,
    layout: Literal["class_folders", "ucf101", "hmdb51", "kinetics", "cater"] = "class_folders",
    num_frames: Count = 64,
    size: Count = 112,
    stride: Count = 1,
    fps: Rate | None = None,
    split_dir: LocalPath | None = None,
    split: Count = 1,
    validation_csv: LocalPath | None = None,
    train_csv: LocalPath | None = None,
    test_csv: LocalPath | None = None,
    test_root: LocalPath | None = None,
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
    validation_root: LocalPath | None = None,
    train_ids: LocalPath | None = None,
    validation_ids: LocalPath | None = None,
    test_ids: LocalPath | None = None,
    test_share: ShareBelowOne = TEST_SHARE,
    validation_share: ShareBelowOne = 0.0,
    split_seed: CountOrZero = 0,
    allow_shared_videos: bool = False,
    square_pixels: bool = False,
    max_skipped: Share = MAX_SKIPPED,
    check: Literal["auto", "quick", "whole"] = "auto",
) -> VideoData:
    """Clips of videos in folders; see `mpvn.data.files.layouts` and docs/data.md.

    Args:
        root: folder of the videos.
        layout: `"class_folders"`, `"ucf101"`, `"hmdb51"`, `"cater"` (with the published lists in `split_dir`) or
            `"kinetics"` (with a table per part). Class folders lie in `root`, of which a share is held out for testing;
            or in `root/train`, `root/validation` and `root/test`; or in `root`, `validation_root` and `test_root`.
        num_frames: number of frames of a clip.
        size: side of the square frames, in pixels.
        stride: distance between two frames of a clip.
        fps: frame rate to which every video is converted; None keeps its own rate.
        split_dir: folder of the published lists.
        split: number of the published split.
        train_csv, validation_csv, test_csv: Kinetics tables, CSV or JSON. If the column split has several values, only
            the rows of the part are used.
        test_root: folder of class folders for testing.
        short: how to treat a video shorter than a clip: "error"; "loop" repeats the video, "last" its last frame;
            "mask" repeats its last frame, and neither training nor evaluation counts the frames after its end.
        flip, brightness, contrast, saturation, hue: augmentation of training clips, drawn once per clip; see
            `mpvn.data.files.augment.augment_clip`.
        crop_area: smallest and largest share of the frame in a training clip, such as (0.35, 1.0), our choice;
            None: a square of 49/64 of a square frame.
        crop_aspect: smallest and largest width divided by height of this crop; None: 3/4 and 4/3.
        flip_classes: classes whose mirror image is another class, such as {"turn left": "turn right"}, both ways: a
            mirrored clip gets the other label.
        test_clips: number of clips of a video in evaluation, spread evenly; see `ClipSampling`. Reports during training
            only use the middle clip.
        validation_root: folder of class folders for validation.
        train_ids, validation_ids, test_ids: lists of the video ids to use from a Kinetics table, one per line, such as
            those of miniKinetics.
        test_share: share of the videos to hold out for testing if class folders have no test part; 0 holds out none.
        validation_share: share of the training videos to hold out for reports during training if there is no
            validation part; 0 holds out none.
        split_seed: seed of the held-out videos.
        allow_shared_videos: whether a video may be in two parts.
        square_pixels: treats pixels as square, as some data sets of action recognition do, whatever files say;
            otherwise frames have the shape that players show.
        max_skipped: largest share of the videos that may be left out because they cannot be read, at least one video;
            `skipped.csv` in the run folder lists them.
        check: how thoroughly videos are checked before use: "quick", "whole" or "auto", see
            `mpvn.data.files.check_all.problems_of`.

    Raises:
        InputError: an option is unknown or missing, a list is wrong, a class is in one part and not in another, or a
            video is in two parts.
    """
    place = Place(
        root,
        split_dir,
        split,
        roots=_given(validation=validation_root, test=test_root),
        tables=_given(train=train_csv, validation=validation_csv, test=test_csv),
        ids=_given(train=train_ids, validation=validation_ids, test=test_ids),
    )
    shares = {"test": test_share if layout == "class_folders" else 0.0, "validation": validation_share}
    parts = parts_of(layout_of(layout, place), place, shares, split_seed, allow_shared_videos)
    _check_shares({"test": test_share, "validation": validation_share}, parts.draws)
    crop = SquareCrop(size, area=crop_area, aspect=crop_aspect)
    images = mirror_images(parts.class_names, flip_classes or {}, flip)
    augment = Augmentation(flip, brightness, contrast, saturation, hue, images)
    sampling = ClipSampling(num_frames, stride, fps, "centre", short)
    videos = ReadableVideos(parts.examples, sampling, max_skipped, check)
    read = functools.partial(clips, crop=crop, square_pixels=square_pixels)

    def clips_of(subset: str, training: bool, seed: int, skip: int) -> tf.data.Dataset:
        dataset = read(
            videos.examples(subset),
            replace(sampling, sampling="random") if training else replace(sampling, clips=test_clips),
            training=training,
            seed=seed,
            skip=skip,
            augment=augment,
            leave_out=videos.leave_out(subset),
        )
        return dataset.repeat() if training else dataset

    def some_of(subset: str, count: int, seed: int) -> tf.data.Dataset:
        examples = videos.examples(subset)
        chosen = drawn_by_class([example.label for example in examples], count, seed)
        return read([examples[index] for index in chosen], sampling, leave_out=videos.leave_out(subset))

    return VideoData(
        parts.class_names,
        (size, size, 3),
        num_frames,
        videos.num_clips,
        clips_of,
        some=some_of,
        parts=parts,
        clips_per_video=test_clips,
        masked=short == "mask",
        check=videos.check_all,
        viewing=Viewing(size, crop.resized_to, fps, stride, square_pixels),
    )


def _check_shares(shares: Mapping[str, float], drawn: Collection[str]) -> None:
    """Raises InputError for a share that was set, but is not used."""
    for part, share in shares.items():
        if share and part not in drawn and (part, share) != ("test", TEST_SHARE):
            raise InputError(f"{part}_share={share:g} is not used: the videos for {part} are given; set it to 0")


def _given(**values: str | None) -> Mapping[str, str]:
    """The paths that are set."""
    return {name: path for name, path in values.items() if path is not None}
