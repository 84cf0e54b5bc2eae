"""Training clips of files: one draw per clip, the same for a seed; mirrored clips get the label of the mirror image."""

import numpy as np
import pytest
import tensorflow as tf
from lists import refused

from mpvn.data.files.augment import is_mirrored
from mpvn.data.files.augmentation import Augmentation, mirror_images
from mpvn.data.files.source import video_files
from mpvn.data.files.square import SquareCrop
from mpvn.data.files.writer import VideoWriter

pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")

CLASSES = ["jump", "turn left", "turn right"]
EVERYTHING = dict(crop_area=(0.3, 1.0), brightness=0.2, contrast=0.2, saturation=0.2, hue=0.1)


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """Videos that stand still, dark on the left and bright on the right, two of each class and part."""
    root = tmp_path_factory.mktemp("still")
    picture = np.linspace(40, 210, 48, dtype=np.uint8)[None, :, None].repeat(36, 0) * np.ones(3, np.uint8)
    for part in ("train", "test"):
        for label, name in enumerate(CLASSES):
            for number in range(2):
                path = root / part / name / f"{number}.avi"
                path.parent.mkdir(parents=True, exist_ok=True)
                with VideoWriter(path, 10, (36, 48)) as video:
                    for _ in range(6):
                        video.write(picture + np.uint8(5 * label + 2 * number + 20 * (part == "test")))
    return root


def training(root, seed=0, count=24, **settings):
    data = video_files(str(root), num_frames=4, size=16, **settings)
    return [(c["video"].numpy(), int(c["label"])) for c in data.clips("train", True, seed, 0).take(count)]


def test_all_frames_of_a_clip_get_one_draw_and_a_seed_gives_the_same_clips(still):
    made = training(still, **EVERYTHING)
    for video, _ in made:
        # The files are compressed: their frames are not equal to the last bit.
        assert np.abs(video - video[:1]).max() < 0.02
    levels = {(round(float(video.mean()), 3), round(float(np.ptp(video)), 3)) for video, _ in made}
    assert len(levels) > 18
    again = training(still, **EVERYTHING)
    assert all(np.array_equal(one[0], other[0]) and one[1] == other[1] for one, other in zip(made, again, strict=True))
    other = training(still, seed=1, **EVERYTHING)
    assert not any(np.array_equal(one[0], another[0]) for one, another in zip(made, other, strict=True))


def test_mirrored_clips_get_the_label_of_their_mirror_image(still):
    plain = training(still, flip=True)
    made = training(still, flip=True, flip_classes={"turn right": "turn left"})
    seen = set()
    for (video, label), (same, was) in zip(made, plain, strict=True):
        np.testing.assert_array_equal(video, same)
        is_flipped = video[..., :4, :].mean() > video[..., -4:, :].mean()
        assert label == ({0: 0, 1: 2, 2: 1}[was] if is_flipped else was)
        seen.add((was, is_flipped))
    assert len(seen) == 6
    data = video_files(str(still), num_frames=4, size=16, flip_classes={"turn right": "turn left"})
    assert [int(c["label"]) for c in data.clips("test", False, 0, 0)] == [0, 0, 1, 1, 2, 2]


def test_mirror_images():
    assert mirror_images(CLASSES, {}, flip=False) == []
    assert mirror_images(CLASSES, {"turn left": "turn right", "turn right": "turn left"}, flip=True) == [0, 2, 1]
    augment = Augmentation(mirror_images=[0, 2, 1])
    seeds = [[3, number] for number in range(20)]
    labels = [int(augment(tf.zeros([1, 4, 4, 3]), tf.constant(1, tf.int64), seed)[1]) for seed in seeds]
    assert labels == [2 if is_mirrored(seed) else 1 for seed in seeds] and set(labels) == {1, 2}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"flip_classes": {"turn left": "turn rihgt"}}, ["flip_classes", "'turn rihgt'", "'turn right'"]),
        ({"flip_classes": {"turn left": "turn right", "jump": "turn right"}}, ["'turn right'", "two mirror images"]),
        ({"flip_classes": {"turn left": "turn right"}, "flip": False}, ["flip_classes", "flip=True"]),
        ({"crop_aspect": (0.5, 2.0)}, ["crop_aspect", "crop_area"]),
        ({"crop_area": (0.5, 0.1)}, ["crop_area", "(0.5, 0.1)", "smaller one first"]),
        ({"crop_area": (0.0, 1.0)}, ["crop_area", "0.01 to 1"]),
        ({"crop_area": 0.5}, ["crop_area", "2 values"]),
        ({"hue": 0.7}, ["hue", "0.7", "0 to 0.5"]),
        ({"test_clips": 0}, ["test_clips", "at least 1"]),
    ],
)
def test_wrong_settings_are_one_line(still, settings, words):
    refused(lambda: video_files(str(still), num_frames=4, size=16, **settings), *words)


def test_evaluation_shows_the_middle_whatever_training_crops():
    video = tf.constant(np.random.default_rng(0).integers(0, 255, (2, 32, 40, 3), dtype=np.uint8))
    np.testing.assert_array_equal(SquareCrop(28, area=(0.1, 0.2))(video), SquareCrop(28)(video))
