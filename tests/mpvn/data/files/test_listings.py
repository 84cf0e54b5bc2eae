"""Folder layouts of the data sets, and the clips that are made of them."""

import functools
import logging
import os
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from mpvn.data.files.augment import augment_clip
from mpvn.data.files.clips import clips as clips_of
from mpvn.data.files.listings import Example, class_folders, hmdb51, kinetics_csv, single_files, ucf101
from mpvn.data.files.reader import VideoError
from mpvn.data.files.sampling import ClipSampling
from mpvn.data.files.square import SquareCrop
from mpvn.data.files.writer import VideoWriter
from mpvn.errors import InputError

pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")


def files(root: Path, *names: str) -> Path:
    """Empty files: the listing functions look at names only."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def text(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def relative(examples: list[Example], root: Path) -> list[tuple[str, int]]:
    return [(os.path.relpath(example.path, root), example.label) for example in examples]


def refused(use, *parts: object) -> None:
    with pytest.raises(VideoError) as error:
        use()
    assert "\n" not in str(error.value)
    for part in parts:
        assert str(part) in str(error.value)


def write(path: Path, num_frames: int, size=(32, 48), fps=10) -> str:
    """A video whose frame i is the grey 10 + 8 i."""
    with VideoWriter(path, fps, size) as video:
        for index in range(num_frames):
            video.write(np.full((*size, 3), 10 + 8 * index, np.uint8))
    return str(path)


def indices(video: np.ndarray) -> list[int]:
    """The frame numbers that `write` put into the grey."""
    return [round((float(frame.mean()) * 255 - 10) / 8) for frame in np.asarray(video)]


def test_single_files(tmp_path):
    files(tmp_path, "b.mp4", "a.mp4")
    examples, names = single_files([tmp_path / "b.mp4", str(tmp_path / "a.mp4")])
    assert relative(examples, tmp_path) == [("b.mp4", 0), ("a.mp4", 0)]
    assert names == ["unlabelled"]
    assert single_files(tmp_path / "a.mp4")[0] == [Example(str(tmp_path / "a.mp4"), 0)]
    refused(lambda: single_files([]), "at least one video file")
    refused(lambda: single_files([tmp_path / "c.mp4"]), tmp_path / "c.mp4", "expected a video file")
    refused(lambda: single_files(tmp_path), tmp_path, "not a file")


def test_class_folders(tmp_path):
    files(
        tmp_path, "walk/b.AVI", "walk/a.mp4", "jump/z.webm", "jump/notes.txt", ".hidden/a.mp4", "walk/.x.mp4", "top.mp4"
    )
    (tmp_path / "sit").mkdir()
    examples, names = class_folders(tmp_path)
    assert names == ["jump", "sit", "walk"]
    assert relative(examples, tmp_path) == [("jump/z.webm", 0), ("walk/a.mp4", 2), ("walk/b.AVI", 2)]
    refused(lambda: class_folders(tmp_path / "none"), tmp_path / "none", "a folder of class folders")
    refused(lambda: class_folders(tmp_path / "sit"), tmp_path / "sit", "root/class name/video")


def test_ucf101(tmp_path):
    root = files(tmp_path / "videos", *(f"{name}/v_{name}_g0{n}_c01.avi" for name in ("Bow", "Arch") for n in (1, 2)))
    lists = tmp_path / "lists"
    text(lists / "classInd.txt", "1 Bow", "2 Arch")
    text(lists / "trainlist01.txt", "Arch/v_Arch_g01_c01.avi 2", "Bow/v_Bow_g01_c01.avi 1", "")
    text(lists / "testlist01.txt", "Bow/v_Bow_g02_c01.avi", "Arch/v_Arch_g02_c01.avi")
    text(lists / "testlist02.txt", "Bow/v_Bow_g01_c01.avi")
    examples, names = ucf101(root, lists)
    assert names == ["Bow", "Arch"]
    assert relative(examples, root) == [("Arch/v_Arch_g01_c01.avi", 1), ("Bow/v_Bow_g01_c01.avi", 0)]
    examples, _ = ucf101(root, lists, subset="test")
    assert relative(examples, root) == [("Bow/v_Bow_g02_c01.avi", 0), ("Arch/v_Arch_g02_c01.avi", 1)]
    examples, _ = ucf101(root, lists, split=2, subset="test")
    assert relative(examples, root) == [("Bow/v_Bow_g01_c01.avi", 0)]

    refused(lambda: ucf101(root, lists, split=3), lists / "trainlist03.txt", "expected lines like")
    refused(lambda: ucf101(root, tmp_path), tmp_path / "classInd.txt", "'1 ApplyEyeMakeup'")
    refused(lambda: ucf101(tmp_path / "none", lists), tmp_path / "none", "the folder of class folders")
    with pytest.raises(InputError, match="'train' or 'test'"):
        ucf101(root, lists, subset="val")
    (root / "Arch/v_Arch_g01_c01.avi").unlink()
    refused(lambda: ucf101(root, lists), "1 of the 2 videos", root / "Arch/v_Arch_g01_c01.avi")
    text(lists / "trainlist01.txt", "Bow/v_Bow_g01_c01.avi 1", "Fly/v_Fly_g01_c01.avi 3")
    refused(lambda: ucf101(root, lists), "trainlist01.txt, line 2", "'Fly'")
    text(lists / "trainlist01.txt", "")
    refused(lambda: ucf101(root, lists), "trainlist01.txt is empty")
    text(lists / "classInd.txt", "Bow")
    refused(lambda: ucf101(root, lists), "classInd.txt, line 1", "'Bow'")


def test_hmdb51(tmp_path):
    root = files(tmp_path / "videos", *(f"{name}/{name}{n}.avi" for name in ("wave", "sit_up") for n in range(3)))
    lists = tmp_path / "lists"
    text(lists / "wave_test_split1.txt", "wave0.avi 1 ", "wave1.avi 2 ", "wave2.avi 0 ")
    text(lists / "sit_up_test_split1.txt", "sit_up0.avi 2 ", "sit_up1.avi 1 ", "sit_up2.avi 1 ")
    text(lists / "wave_test_split2.txt", "wave0.avi 2 ")
    examples, names = hmdb51(root, lists)
    assert names == ["sit_up", "wave"]
    assert relative(examples, root) == [("sit_up/sit_up1.avi", 0), ("sit_up/sit_up2.avi", 0), ("wave/wave0.avi", 1)]
    examples, _ = hmdb51(root, lists, subset="test")
    assert relative(examples, root) == [("sit_up/sit_up0.avi", 0), ("wave/wave1.avi", 1)]
    assert relative(hmdb51(root, lists, 2, "test")[0], root) == [("wave/wave0.avi", 0)]

    refused(lambda: hmdb51(root, lists, 2), lists, "lists no video of this subset")
    refused(lambda: hmdb51(root, lists, 3), lists, "expected <class>_test_split3.txt")
    refused(lambda: hmdb51(root, tmp_path / "none"), tmp_path / "none", "a folder of split files")
    refused(lambda: hmdb51(tmp_path / "none", lists), tmp_path / "none", "the folder of class folders")
    (root / "wave/wave0.avi").unlink()
    refused(lambda: hmdb51(root, lists), "1 of the 3 videos", root / "wave/wave0.avi")
    text(lists / "wave_test_split1.txt", "wave0.avi 1", "wave1.avi 7")
    refused(lambda: hmdb51(root, lists), "wave_test_split1.txt, line 2", "'7'")


def test_kinetics_csv(tmp_path, caplog):
    root = files(
        tmp_path / "videos",
        "-a1_000010_000020.mp4",  # flat, trimmed
        "b2.webm",  # flat, by its id
        "air drumming/c3_000000_000010.mkv",  # below a folder of the label
        "air_drumming/d4.mp4",  # the same with underscores
        "zumba/-a1.txt",
        "other/e5_000003_000013.mp4",  # below a folder that is not its label's
    )
    rows = [
        "zumba,-a1,10,20,train",
        "abseiling,b2,1,11,validate",
        "air drumming,c3,0,10,train",
        "air drumming,d4,5,15,train",
        "zumba,e5,3,13,train",
    ]
    table = text(tmp_path / "kinetics.csv", "label,youtube_id,time_start,time_end,split", *rows)
    with caplog.at_level(logging.WARNING):
        examples, names = kinetics_csv(root, table)
    assert names == ["abseiling", "air drumming", "zumba"]
    assert relative(examples, root) == [
        ("-a1_000010_000020.mp4", 2),
        ("b2.webm", 0),
        ("air drumming/c3_000000_000010.mkv", 1),
        ("air_drumming/d4.mp4", 1),
    ]
    # The label of a whole film is true of a part of it.
    assert [(example.begin, example.end) for example in examples] == [(None, None), (1, 11), (None, None), (5, 15)]
    (message,) = caplog.messages
    assert "1 of the 5 videos" in message and "\n" not in message
    assert relative(kinetics_csv(root, table, "validate")[0], root) == [("b2.webm", 0)]
    assert kinetics_csv(root, table, "validate", ["zumba", "air drumming", "abseiling"])[0][0].label == 2

    refused(lambda: kinetics_csv(root, table, "validate", ["zumba"]), table, "'abseiling'")
    refused(lambda: kinetics_csv(root, table, "test"), table, "'test'")
    refused(lambda: kinetics_csv(tmp_path / "none", table), tmp_path / "none", "the folder of the videos")
    refused(lambda: kinetics_csv(root, tmp_path / "none.csv"), tmp_path / "none.csv", "label,youtube_id")
    refused(
        lambda: kinetics_csv(files(tmp_path / "no", "x.mp4"), table), "none of the 5 videos", "e5_000003_000013.mp4"
    )
    text(table, "label,youtube_id,split", "zumba,a,train")
    refused(lambda: kinetics_csv(root, table), table, "no column time_start, time_end")
    text(table, "label,youtube_id,time_start,time_end,split")
    refused(lambda: kinetics_csv(root, table), table, "lists no video")
    text(table, "label,youtube_id,time_start,time_end,split", "zumba,a,soon,20,train")
    refused(lambda: kinetics_csv(root, table), table, "are not both numbers")


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
    augment = functools.partial(augment_clip, contrast=0, saturation=0, brightness=0.09, flip=False)
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
    listing, _ = single_files([os.path.join(folder, name) for name in names])
    (batch,) = clips(listing, 8, 56, stride=4, fps=12.5, sampling="centre").batch(3).as_numpy_iterator()
    video = batch["video"]
    assert video.shape == (3, 8, 56, 56, 3)
    assert video.min() >= 0 and video.max() <= 1 and (video.std(axis=(1, 2, 3, 4)) > 0.1).all()
    damaged, _ = single_files(os.path.join(folder, "corrupted.mp4"))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"corrupted\.mp4 is damaged: the last good frame is 27"):
        list(clips(damaged, 30, 56, sampling="start"))
