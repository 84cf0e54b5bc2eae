"""Clips of listed videos."""

import os
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from mpvn.data.files.augmentation import Augmentation
from mpvn.data.files.clips import clips as clips_of
from mpvn.data.files.listings import Example, single_files
from mpvn.data.files.sampling import ClipSampling
from mpvn.data.files.square import SquareCrop
from mpvn.data.files.writer import VideoWriter
from mpvn.errors import InputError

pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")


def write(path: Path, num_frames: int, size=(32, 48), fps=10) -> str:
    """A video whose frame i is the grey 10 + 8 i."""
    with VideoWriter(path, fps, size) as video:
        for index in range(num_frames):
            video.write(np.full((*size, 3), 10 + 8 * index, np.uint8))
    return str(path)


def indices(video: np.ndarray) -> list[int]:
    """The frame numbers that `write` put into the grey."""
    return [round((float(frame.mean()) * 255 - 10) / 8) for frame in np.asarray(video)]


@pytest.fixture(scope="module")
def examples(tmp_path_factory) -> list[Example]:
    """Three videos of 20, 25 and 12 frames, one of them upright."""
    root = tmp_path_factory.mktemp("clips")
    return [
        Example(write(root / "a.mp4", 20), 2),
        Example(write(root / "b.avi", 25, size=(64, 36)), 0),
        Example(write(root / "c.mkv", 12), 1),
    ]


def clips(examples, num_frames, size, short_side=None, **options):
    """Clips with the options of their sampling, of their crop and of their order side by side."""
    sampling = {field.name: options.pop(field.name) for field in fields(ClipSampling) if field.name in options}
    return clips_of(examples, ClipSampling(num_frames, **sampling), SquareCrop(size, short_side), **options)


def test_clips_have_shape_range_and_label(examples):
    dataset = clips(examples, num_frames=4, size=16, sampling="start")
    assert dataset.element_spec["video"] == tf.TensorSpec([4, 16, 16, 3], tf.float32)
    assert dataset.element_spec["label"] == tf.TensorSpec([], tf.int64)
    assert len(dataset) == 3
    made = list(dataset.as_numpy_iterator())
    assert [item["label"] for item in made] == [2, 0, 1]
    assert all(indices(item["video"]) == [0, 1, 2, 3] for item in made)


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [("start", [[0, 3, 6], [0, 3, 6], [0, 3, 6]]), ("centre", [[6, 9, 12], [9, 12, 15], [2, 5, 8]])],
)
def test_clips_lie_where_they_should(examples, sampling, expected):
    made = [item["video"] for item in clips(examples, 3, 16, stride=3, sampling=sampling).as_numpy_iterator()]
    assert [indices(video) for video in made] == expected
    for video, frames in zip(made, expected, strict=True):
        np.testing.assert_allclose(video.mean(axis=(1, 2, 3)) * 255, 10 + 8 * np.array(frames), atol=2)


def test_clips_at_another_rate(examples):
    """At 5 of 10 frames per second the 20, 25 and 12 frames are 10, 13 and 6; the middle 4 start at 3, 4 and 1."""
    made = clips(examples, 4, 16, fps=5, sampling="centre")
    assert [indices(item["video"]) for item in made.as_numpy_iterator()] == [
        [6, 8, 10, 12],
        [8, 10, 12, 14],
        [2, 4, 6, 8],
    ]


def test_random_clips_cover_the_video_and_repeat_for_a_seed(examples):
    def starts(seed: int, training: bool) -> list[list[int]]:
        dataset = clips(examples[:1] * 60, 4, 16, training=training, seed=seed)
        return [[indices(item["video"])[0] for item in dataset.as_numpy_iterator()] for _ in range(2)]

    first, second = starts(0, training=False)
    assert first == second and set(first) <= set(range(17)) and len(set(first)) > 12
    assert {0, 16} <= set(first + starts(1, training=False)[0] + starts(2, training=False)[0])
    first, second = starts(0, training=True)
    assert first != second
    assert starts(0, training=True) == [first, second]
    assert starts(1, training=True)[0] != first


def test_training_shuffles_anew_in_every_epoch(examples):
    numbered = [Example(examples[0].path, label) for label in range(20)]
    dataset = clips(numbered, 2, 16, sampling="start", training=True, seed=3, workers=4)
    first, second = ([int(item["label"]) for item in dataset] for _ in range(2))
    assert first != second and first != sorted(first)
    assert sorted(first) == sorted(second) == list(range(20))
    again = clips(numbered, 2, 16, sampling="start", training=True, seed=3, workers=1)
    assert [int(item["label"]) for item in again] == first


@pytest.mark.parametrize("skip", [2, 3, 7])
def test_skipping_goes_on_where_a_training_was_interrupted(examples, skip):
    def first_ten(skip: int) -> list[tuple[int, bytes]]:
        dataset = clips(examples, 2, 16, training=True, seed=5, skip=skip).repeat()
        return [(int(item["label"]), item["video"].tobytes()) for item in dataset.take(10 - skip).as_numpy_iterator()]

    assert first_ten(skip) == first_ten(0)[skip:]


def test_the_shorter_side_is_resized_and_the_centre_cropped(tmp_path):
    """A white square in the middle of a wide picture stays square and in the middle."""
    picture = np.zeros((64, 128, 3), np.uint8)
    picture[16:48, 48:80] = 255
    with VideoWriter(tmp_path / "a.mkv", 10, (64, 128)) as video:
        video.write(picture)
    listing = single_files(tmp_path / "a.mkv")[0]
    (item,) = clips(listing, 1, 24, sampling="start", short_side=32).as_numpy_iterator()
    expected = np.zeros((24, 24), np.float32)
    expected[4:20, 4:20] = 1
    inner = np.abs(item["video"][0].mean(-1) - expected)
    assert inner.mean() < 0.03 and np.median(inner) < 0.01
    crops = [
        next(clips(listing, 1, 24, training=True, seed=seed, short_side=32).as_numpy_iterator())["video"].tobytes()
        for seed in range(8)
    ]
    assert len(set(crops)) > 5


def test_augmentation_gets_a_seed_of_every_clip_and_only_in_training(examples):
    augment = Augmentation(flip=False, brightness=0.09)
    same = examples[:1] * 10

    def levels(training: bool) -> list[np.ndarray]:
        dataset = clips(same, 3, 16, sampling="start", training=training, augment=augment)
        return [item["video"].mean(axis=(1, 2, 3)) for item in dataset.as_numpy_iterator()]

    plain = levels(training=False)
    assert all(np.array_equal(clip, plain[0]) for clip in plain)
    made = levels(training=True)
    assert len({round(float(clip[2]), 3) for clip in made}) > 6


def test_batches(examples):
    sizes = [item["video"].shape for item in clips(examples, 2, 16).batch(2)]
    assert sizes == [(2, 2, 16, 16, 3), (1, 2, 16, 16, 3)]


def test_short_videos_are_named_or_filled(examples):
    for sampling in ("start", "centre", "random"):
        with pytest.raises(tf.errors.InvalidArgumentError) as error:
            list(clips(examples, 15, 16, sampling=sampling))
        assert f"{examples[2].path} has 12 frames, but the clip needs 15" in str(error.value)
        assert "Traceback" not in str(error.value)
    loop = list(clips(examples[2:], 15, 16, short="loop").as_numpy_iterator())
    assert indices(loop[0]["video"]) == [*range(12), 0, 1, 2]
    last = list(clips(examples[2:], 15, 16, short="last").as_numpy_iterator())
    assert indices(last[0]["video"]) == [*range(12), 11, 11, 11]


def test_missing_files_are_named_when_they_are_read(examples):
    dataset = clips([*examples, Example("/none/d.mp4", 0)], 2, 16, sampling="start")
    iterator = iter(dataset)
    assert [int(next(iterator)["label"]) for _ in range(3)] == [2, 0, 1]
    with pytest.raises(tf.errors.InvalidArgumentError, match="/none/d.mp4 does not exist"):
        next(iterator)


@pytest.mark.parametrize(
    "wrong", [{"sampling": "middle"}, {"short": "skip"}, {"short_side": 15}, {"seed": -1}, {"skip": 3}]
)
def test_wrong_settings_are_refused(examples, wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        clips(examples, 2, 16, **wrong)
    with pytest.raises(InputError, match="at least one video"):
        clips([], 2, 16)


def test_clips_of_real_videos():
    folder = os.environ.get("MPVN_TEST_VIDEOS")
    if not folder:
        pytest.skip("MPVN_TEST_VIDEOS does not name the folder of real test videos")
    names = ("demo.mp4", "flipping_a_pancake.mkv", "v_CricketShot_g04_c01_rgb.gif")
    listing, *_ = single_files([os.path.join(folder, name) for name in names])
    (batch,) = clips(listing, 8, 56, stride=4, fps=12.5, sampling="centre").batch(3).as_numpy_iterator()
    video = batch["video"]
    assert video.shape == (3, 8, 56, 56, 3)
    assert video.min() >= 0 and video.max() <= 1 and (video.std(axis=(1, 2, 3, 4)) > 0.1).all()
    damaged, *_ = single_files(os.path.join(folder, "corrupted.mp4"))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"corrupted\.mp4 is damaged: the last good frame is 27"):
        list(clips(damaged, 30, 56, sampling="start"))
