"""Augmentation draws once per clip: a clip that stands still goes on standing still."""

import numpy as np
import pytest
import tensorflow as tf

from mpvn.data.files.augment import (
    augment_clip,
    centre_crop,
    is_mirrored,
    random_crop,
    random_flip,
    random_resized_crop,
)
from mpvn.errors import InputError

NOTHING = {"flip": False, "brightness": 0, "contrast": 0, "saturation": 0}


def still_clip(num_frames: int = 6, height: int = 20, width: int = 24) -> np.ndarray:
    picture = np.random.default_rng(0).uniform(0.2, 0.8, (1, height, width, 3)).astype(np.float32)
    return np.repeat(picture, num_frames, axis=0)


def seeds(count: int) -> list[list[int]]:
    return [[7, index] for index in range(count)]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"crop_size": 12},
        {**NOTHING, "flip": True},
        {**NOTHING, "crop_size": 12},
        {**NOTHING, "brightness": 0.3},
        {**NOTHING, "contrast": 0.3},
        {**NOTHING, "saturation": 0.3},
        {**NOTHING, "hue": 0.3},
    ],
)
def test_all_frames_get_the_same_draw_and_clips_get_different_ones(settings):
    video = tf.constant(still_clip())
    made = [augment_clip(video, seed, **settings).numpy() for seed in seeds(12)]
    for clip in made:
        np.testing.assert_array_equal(clip, np.repeat(clip[:1], len(clip), axis=0))
    different = {clip.tobytes() for clip in made}
    assert len(different) == 2 if settings == {**NOTHING, "flip": True} else len(different) > 9


def test_the_same_seed_gives_the_same_clip_in_and_out_of_a_graph():
    video = tf.constant(still_clip())
    eager = augment_clip(video, [3, 4], crop_size=16)
    traced = tf.function(lambda seed: augment_clip(video, seed, crop_size=16))(tf.constant([3, 4], tf.int64))
    assert eager.shape == traced.shape == (6, 16, 16, 3)
    np.testing.assert_allclose(eager, traced, atol=1e-6)


def test_values_stay_between_0_and_1():
    video = tf.constant(np.random.default_rng(1).integers(0, 2, (3, 8, 8, 3)).astype(np.float32))
    for seed in seeds(20):
        made = augment_clip(video, seed, brightness=0.9, contrast=0.9, saturation=0.9, hue=0.5).numpy()
        assert np.isfinite(made).all() and made.min() >= 0 and made.max() <= 1


def test_nothing_switched_on_changes_nothing():
    video = np.random.default_rng(2).random((4, 9, 10, 3), np.float32)
    np.testing.assert_array_equal(augment_clip(tf.constant(video), [1, 2], **NOTHING), video)


def test_flip_mirrors_about_half_of_the_clips_and_can_be_off():
    video = np.random.default_rng(3).random((4, 6, 8, 3), np.float32)
    mirrored = 0
    for seed in seeds(60):
        made = random_flip(tf.constant(video), seed).numpy()
        was_mirrored = np.array_equal(made, video[:, :, ::-1])
        assert was_mirrored or np.array_equal(made, video)
        mirrored += was_mirrored
    assert 15 < mirrored < 45


def test_whether_a_clip_is_mirrored_is_known_by_its_seed():
    video = np.random.default_rng(3).random((2, 6, 8, 3), np.float32)
    for seed in seeds(20):
        made = augment_clip(tf.constant(video), seed, **{**NOTHING, "flip": True}).numpy()
        assert np.array_equal(made, video[:, :, ::-1] if is_mirrored(seed) else video)


def test_crops_cut_one_window_out_of_all_frames():
    """Every pixel carries its own place, so a crop tells where it was taken."""
    time, rows, columns = np.meshgrid(np.arange(3), np.arange(10), np.arange(14), indexing="ij")
    video = np.stack([time, rows, columns], axis=-1).astype(np.float32)
    places = set()
    for seed in seeds(80):
        crop = random_crop(tf.constant(video), seed, 8).numpy()
        top, left = int(crop[0, 0, 0, 1]), int(crop[0, 0, 0, 2])
        np.testing.assert_array_equal(crop, video[:, top : top + 8, left : left + 8])
        places.add((top, left))
    assert {top for top, _ in places} == set(range(3))
    assert {left for _, left in places} == set(range(7))
    np.testing.assert_array_equal(centre_crop(tf.constant(video), 8), video[:, 1:9, 3:11])


def corners(size: tuple[int, int], seed: list[int], **options) -> np.ndarray:
    """What a crop of a frame shows: (top, left, height, width), from the ramps that every pixel's place is."""
    rows, columns = np.meshgrid(*(np.arange(side, dtype=np.float32) for side in size), indexing="ij")
    picture = np.stack([rows, columns, 0 * rows], -1)
    crop = random_resized_crop(tf.constant(np.stack([picture] * 2)), seed, 8, **options).numpy()
    np.testing.assert_array_equal(crop[0], crop[1])
    begin, step = crop[0, 3, 3, :2], crop[0, 4, 4, :2] - crop[0, 3, 3, :2]  # the borders are blurred
    return np.concatenate([begin - 3 * step - (step - 1) / 2, 8 * step])


def test_resized_crops_have_areas_and_shapes_in_their_ranges():
    made = np.array([corners((60, 80), seed, area=(0.2, 0.5), aspect=(0.8, 1.5)) for seed in seeds(60)])
    top, left, height, width = made.T
    area, aspect = height * width / 4800, width / height
    assert 0.18 < area.min() < 0.27 and 0.43 < area.max() < 0.52
    assert 0.75 < aspect.min() < 0.9 and 1.3 < aspect.max() < 1.6
    assert top.min() > -0.1 and left.min() > -0.1
    assert (top + height).max() < 60.1 and (left + width).max() < 80.1
    assert np.ptp(top) > 15 and np.ptp(left) > 20 and abs(np.corrcoef(top, left)[0, 1]) < 0.5


def test_a_resized_crop_that_does_not_fit_is_made_smaller_in_its_shape():
    top, left, height, width = corners((40, 160), [1, 2], area=(1.0, 1.0), aspect=(1.0, 1.0))
    np.testing.assert_allclose([top, height, width], [0, 40, 40], atol=0.1)
    assert 0 <= left <= 120


@pytest.mark.parametrize("wrong", [{"brightness": 1.0}, {"hue": 0.6}, {"contrast": -0.1}, {"saturation": 2}])
def test_strengths_out_of_range_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        augment_clip(tf.constant(still_clip()), [0, 0], **wrong)


def test_a_batch_of_clips_is_refused():
    with pytest.raises(InputError, match="one clip"):
        augment_clip(tf.zeros([2, 4, 8, 8, 3]), [0, 0])
