"""Prepared data: the same files however often it was broken off, and read back by TFDS."""

import csv

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from commands import bad, good

from mpvn.data.files.examples import Example
from mpvn.data.files.parts import Parts
from mpvn.data.files.remembered import name_of
from mpvn.data.files.writer import VideoWriter
from mpvn.data.prepared import encoding, preparing
from mpvn.data.prepared.plan import Pictures, shards
from mpvn.data.prepared.preparing import prepare
from mpvn.data.tfds_clips import tfds_clips
from mpvn.layers.viewing import Viewing

PICTURES = Pictures(short_side=18, fps=5, quality=95)


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """Six videos of two classes, of 12 frames at 10 a second, each of greys of its own, and one that is broken."""
    root = tmp_path_factory.mktemp("videos")
    for k in range(6):
        path = root / "ab"[k % 2] / f"{k}.mp4"
        path.parent.mkdir(exist_ok=True)
        with VideoWriter(path, 10, (24, 36)) as file:
            for t in range(12):
                file.write(np.full((24, 36, 3), 30 * k + 5 * t, np.uint8))
    (root / "a" / "broken.mp4").write_bytes(b"no video")
    return root


def parts(root):
    train = [Example(str(root / "ab"[k % 2] / f"{k}.mp4"), k % 2) for k in range(5)]
    broken = Example(str(root / "a" / "broken.mp4"), 0)
    half = Example(str(root / "b" / "5.mp4"), 1, 0.4, 1.0)
    return Parts(["a", "b"], {"train": [*train, broken], "test": [half]}, {"test": ["gone.mp4"]}, str(root))


def content(folder):
    """The files that are complete; those under another name are not."""
    return {path.name: path.read_bytes() for path in folder.glob("tiny-*")}


def small_shards(monkeypatch):
    monkeypatch.setattr(preparing, "shards", lambda examples, seed: shards(examples, seed, per_shard=2))


def test_it_is_read_back_by_tfds(videos, tmp_path, monkeypatch, capsys):
    small_shards(monkeypatch)
    made = prepare(parts(videos), tmp_path, "tiny", PICTURES, workers=2)
    assert capsys.readouterr().err == "", "what was left out is said twice"
    assert (made.total.videos, made.total.frames, made.missing) == (6, 5 * 6 + 3, 1)
    assert "6 videos" in str(made) and "1 videos skipped" in str(made)
    with open(made.folder / "skipped.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["path"].endswith("broken.mp4") and "not a readable video" in row["reason"]
    builder = tfds.builder("tiny", data_dir=tmp_path)
    assert {name: split.num_examples for name, split in builder.info.splits.items()} == {"train": 5, "test": 1}
    assert builder.info.features["label"].names == ["a", "b"]
    for example in tfds.as_numpy(tfds.load("tiny", data_dir=tmp_path, split="train")):
        number = int(example["name"].decode()[2])
        assert example["name"].decode() == f"{'ab'[number % 2]}/{number}.mp4" and example["label"] == number % 2
        assert example["video"].shape == (6, 18, 27, 3) and example["fps"] == 5
        greys = example["video"].mean((1, 2, 3))
        np.testing.assert_allclose(greys, 30 * number + 5 * np.arange(0, 12, 2), atol=8)
    (half,) = tfds.as_numpy(tfds.load("tiny", data_dir=tmp_path, split="test"))
    np.testing.assert_allclose(half["video"].mean((1, 2, 3)), 150 + 5 * np.array([4, 6, 8]), atol=8)


def test_streams_show_what_was_prepared(videos, tmp_path):
    prepare(parts(videos), tmp_path, "tiny", PICTURES)
    data = tfds_clips("tiny", str(tmp_path), num_frames=2, size=16, stride=3)
    assert data.viewing == Viewing(size=16, short_side=18, fps=5, stride=3)


def test_what_was_broken_off_goes_on_with_the_same_files(videos, tmp_path, monkeypatch):
    small_shards(monkeypatch)
    whole = content(prepare(parts(videos), tmp_path / "whole", "tiny", PICTURES, workers=1).folder)
    assert len(whole) == 4
    fourth = name_of(shards(parts(videos).examples, 0)[0].examples[3].path, str(videos))

    def record(*arguments):
        if arguments[1] == fourth:
            raise KeyboardInterrupt
        return encoding.record(*arguments)

    monkeypatch.setattr(preparing, "record", record)
    with pytest.raises(KeyboardInterrupt):
        prepare(parts(videos), tmp_path / "off", "tiny", PICTURES, workers=1)
    folder = tmp_path / "off" / "tiny" / preparing.VERSION
    done = content(folder)
    assert "tiny-train.tfrecord-00000-of-00003" in done and "tiny-train.tfrecord-00001-of-00003" not in done
    assert not (folder / "dataset_info.json").exists()
    monkeypatch.setattr(preparing, "record", encoding.record)
    made = prepare(parts(videos), tmp_path / "off", "tiny", PICTURES, workers=2)
    assert content(folder) == whole
    assert (made.total.videos, len(made.total.skipped)) == (6, 1)
    monkeypatch.setattr(preparing, "record", None)  # nothing is made again
    assert prepare(parts(videos), tmp_path / "off", "tiny", PICTURES).total == made.total


def test_another_preparation_in_its_place_is_one_line(videos, tmp_path, one_line_error):
    prepare(parts(videos), tmp_path, "tiny", PICTURES)
    other = Pictures(short_side=20, fps=5)
    one_line_error(lambda: prepare(parts(videos), tmp_path, "tiny", other), "other videos or settings", "--name")
    (tmp_path / "mine" / preparing.VERSION).mkdir(parents=True)
    (tmp_path / "mine" / preparing.VERSION / "letter.txt").write_text("dear")
    one_line_error(lambda: prepare(parts(videos), tmp_path, "mine", PICTURES), "other files")


def test_too_many_broken_videos_are_one_line(videos, tmp_path, one_line_error):
    broken = [Example(str(videos / "a" / "broken.mp4"), 0), Example(str(videos / "a" / "gone.mp4"), 0)]
    of = Parts(["a"], {"train": broken}, {}, str(videos))
    one_line_error(
        lambda: prepare(of, tmp_path, "tiny", PICTURES),
        "2 of the 2 videos cannot be read",
        "max_skipped=0.01 lets 1",
        "gone.mp4",
    )
    assert (tmp_path / "tiny" / preparing.VERSION / "skipped.csv").exists()


def test_the_command(videos, tmp_path):
    flags = [f"--source={videos}", f"--data_dir={tmp_path}", "--name=tiny", "--size=16"]
    said = good("mpvn.prepare_data", *flags, "--gin_param=video_files.test_share=0.34")
    assert "6 videos" in said.splitlines()[-1]
    assert set(tfds.builder("tiny", data_dir=tmp_path).info.splits) == {"train", "test"}
    example = next(iter(tfds.load("tiny", data_dir=tmp_path, split="test")))
    assert example["video"].shape[1:] == (18, 27, 3) and example["video"].dtype == tf.uint8
    (tmp_path / "of.gin").write_text("train.steps = 3\nvideo_files.size = 32\nvideo_files.fps = 5\n")
    flags = [f"--source={videos}", f"--data_dir={tmp_path}", "--name=of_settings", f"--gin_file={tmp_path}/of.gin"]
    good("mpvn.prepare_data", *flags, "--gin_param=video_files.test_share=0.34", "--size=16")
    example = next(iter(tfds.load("of_settings", data_dir=tmp_path, split="test")))
    assert example["video"].shape[1:] == (18, 27, 3) and example["fps"] == 5
    none = "--gin_param=video_files.max_skipped=0"
    assert "max_skipped=0 lets 0" in bad("mpvn.prepare_data", *flags[:2], "--name=none", none)
    assert "nothing reads train.steps" in bad("mpvn.prepare_data", *flags[:3], "--gin_param=train.steps=3")
    assert "lowercase letters" in bad("mpvn.prepare_data", f"--source={videos}", f"--data_dir={tmp_path}", "--name=A b")
    assert "nowhere" in bad("mpvn.prepare_data", "--source=/nowhere", f"--data_dir={tmp_path}", "--name=other")
