"""Data sets of TFDS as clips: mocked ones, and one that is written here and read back."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from lists import refused

from mpvn.data.sources import tfds_clips

LENGTHS = (12, 20, 5, 12, 12, 12, 12, 12)
OPTIONS = dict(num_frames=4, size=16, flip=False)


class Greys(tfds.core.GeneratorBasedBuilder):
    """Videos whose frame i is the grey 8 i; the label of video n is n modulo 2."""

    VERSION = tfds.core.Version("1.0.0")
    name = "greys_of_the_tests"

    def _info(self):
        video = tfds.features.Video(shape=(None, 20, 24, 1))
        label = tfds.features.ClassLabel(names=["even", "odd"])
        features = tfds.features.FeaturesDict({"video": video, "label": label, "number": np.int64})
        return tfds.core.DatasetInfo(builder=self, features=features, disable_shuffling=True)

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(LENGTHS), "test": self._generate_examples(LENGTHS[:4])}

    def _generate_examples(self, lengths):
        for number, length in enumerate(lengths):
            frames = np.broadcast_to(8 * np.arange(length, dtype=np.uint8)[:, None, None, None], (length, 20, 24, 1))
            yield number, {"video": frames, "label": number % 2, "number": number}


class Sounds(tfds.core.GeneratorBasedBuilder):
    """A data set without videos."""

    VERSION = tfds.core.Version("1.0.0")
    name = "sounds_of_the_tests"

    def _info(self):
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict({"audio": np.float32}))

    def _split_generators(self, dl_manager):
        return {"train": iter([(0, {"audio": 0.0})])}

    def _generate_examples(self):
        raise NotImplementedError


@pytest.fixture(scope="module")
def greys(tmp_path_factory):
    return {"name": Greys.name, "data_dir": str(tmp_path_factory.mktemp("tfds"))} | OPTIONS


def frames(dataset):
    return [[round(float(frame.mean()) * 255 / 8) for frame in clip["video"].numpy()] for clip in dataset]


def test_mocked_ucf101():
    with tfds.testing.mock_data(num_examples=2):
        data = tfds_clips("ucf101", **OPTIONS)
        assert dict(data.num_clips) == {"train": 2, "test": 2}
        assert len(data.class_names) == 101 and data.class_names[0] == "ApplyEyeMakeup"
        video, label = next(iter(data.batches("train", 2, training=True)))
        assert video.shape == (2, 4, 16, 16, 3) and label.dtype == tf.int64
        assert float(tf.reduce_min(video)) >= 0 and 0.1 < float(tf.reduce_max(video)) <= 1
        assert len(list(data.some_batches("test", 1, 1))) == 1
    assert data.described["tfds"].startswith("ucf101/")


def test_mocked_videos_without_labels():
    with tfds.testing.mock_data(num_examples=1):
        data = tfds_clips("robonet/robonet_sample_64", **OPTIONS)
        video, _ = next(iter(data.batches("train", 1)))
    assert data.class_names == [] and video.shape == (1, 4, 16, 16, 3)


def test_clips_in_the_middle(greys):
    data = tfds_clips(**greys | {"stride": 2})
    assert dict(data.num_clips) == {"train": 8, "test": 4} and data.class_names == ["even", "odd"]
    found = frames(data.clips("test", False, 0, 0))
    # Of 12 frames, 7 lie in the reach of a clip: it begins at 5 // 2; the short one begins again.
    assert found == [[2, 4, 6, 8], [6, 8, 10, 12], [0, 2, 4, 1], [2, 4, 6, 8]]
    last = frames(tfds_clips(**greys | {"stride": 2, "short": "last"}).clips("test", False, 0, 0))
    assert last[2] == [0, 2, 4, 4]
    masked = list(tfds_clips(**greys | {"stride": 2, "short": "mask"}).clips("test", False, 0, 0))
    assert frames(masked) == last
    assert [clip["weight"].numpy().tolist() for clip in masked[1:3]] == [[1, 1, 1, 1], [1, 1, 1, 0]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="has 5 frames, but the clip needs 7"):
        frames(tfds_clips(**greys | {"stride": 2, "short": "error"}).clips("test", False, 0, 0))


def test_several_clips_of_a_video_come_in_a_row(greys):
    data = tfds_clips(**greys | {"test_clips": 2})
    assert data.clips_per_video == 2
    clips = list(data.clips("test", False, 0, 0))
    assert [clip[0] for clip in frames(clips)] == [2, 6, 4, 12, 0, 0, 2, 6]
    assert [int(clip["label"]) for clip in clips] == [0, 0, 1, 1, 0, 0, 1, 1]
    assert data.clips("test", False, 0, 0).cardinality() == 8 and len(list(data.some("test", 3, 0))) == 3


def test_mirrored_clips_get_the_label_of_their_mirror_image(greys):
    labels = {}
    for pairs in (None, {"even": "odd"}):
        data = tfds_clips(**greys | {"flip": True, "flip_classes": pairs, "crop_area": (0.3, 1.0), "hue": 0.1})
        labels[bool(pairs)] = [int(clip["label"]) for clip in data.clips("train", True, 0, 0).take(24)]
    changed = sum(one != other for one, other in zip(labels[False], labels[True], strict=True))
    assert 4 < changed < 20
    refused(lambda: tfds_clips(**greys | {"flip": True, "flip_classes": {"even": "ode"}}), "'ode'", "'odd'")


def test_training_repeats_for_a_seed_and_goes_on_where_it_was(greys):
    data = tfds_clips(**greys)
    first = frames(data.clips("train", True, 3, 0).take(20))
    assert frames(data.clips("train", True, 3, 0).take(20)) == first
    assert frames(data.clips("train", True, 3, 13).take(7)) == first[13:]
    assert frames(data.clips("train", True, 4, 0).take(20)) != first
    assert first[:8] != first[8:16] and len({tuple(clip) for clip in first}) > 8
    assert all(clip in ([0, 1, 2, 3], [1, 2, 3, 4]) or np.ptp(clip) == 3 for clip in first)


def test_some_are_of_all_classes(greys):
    labels = [int(example["label"]) for example in tfds_clips(**greys).some("train", 4, 0)]
    assert sorted(labels) == [0, 0, 1, 1]


def test_slices_are_parts(greys):
    data = tfds_clips(**greys, train_split="train[:50%]", validation_split="train[50%:75%]", test_split="test")
    assert dict(data.num_clips) == {"train": 4, "validation": 2, "test": 4}
    refused(lambda: tfds_clips(**greys, train_split="train[:80%]", test_split="train[50%:]"), "train[50%:]", "share")
    refused(lambda: tfds_clips(**greys, test_split="train"), "'train'", "share")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "nonsense_set"}, ["nonsense_set", "does not exist"]),
        ({"name": "ucf101:9.9.9"}, ["9.9.9", "2.0.0"]),
        ({"name": "ucf101/colour=1"}, ["colour", "does not exist"]),
        ({"name": "ucf101:x"}, ["Namespace ucf101 not found"]),
        ({"name": Sounds.name}, [Sounds.name, "no feature 'video'", "audio"]),
        ({"test_split": "quiz"}, ["'quiz'", "train, test", "test_split"]),
        ({"test_split": "test[:abc]"}, ["test[:abc]", "test_split"]),
        ({"num_frames": 0}, ["num_frames", "0"]),
        ({"short": "skip"}, ["short", "'skip'"]),
    ],
)
def test_wrong_settings_are_named(greys, wrong, words):
    refused(lambda: tfds_clips(**greys | wrong), *words)
