"""Videos that cannot be read are found before training, left out, counted and named, up to a share."""

import csv
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from mpvn.data.files import check_all, checking
from mpvn.data.files.check_all import problems_of
from mpvn.data.files.checking import problem_of
from mpvn.data.files.clips import clips
from mpvn.data.files.left_out import LeftOut
from mpvn.data.files.listings import Example
from mpvn.data.files.readable import ReadableVideos
from mpvn.data.files.sampling import ClipSampling
from mpvn.data.files.source import video_files
from mpvn.data.files.square import SquareCrop
from mpvn.data.files.video_error import VideoError
from mpvn.data.files.writer import VideoWriter
from mpvn.data.video_data import whole_clips

pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")


def write(path: Path, level: int, num_frames=12) -> Path:
    """Moving blocks, so that files are not small, on one side of a grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    blocks = np.random.default_rng(level).integers(0, 255, (8, 6, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    with VideoWriter(path, 10, (64, 96)) as video:
        for index in range(num_frames):
            video.write(np.concatenate([np.roll(blocks, index, 1), np.full((64, 48, 3), level, np.uint8)], 1))
    return path


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    for number in range(8):
        write(folder / f"{number}.mp4", 20 * number)
    for ending in (".avi", ".mkv", ".webm", ".mov"):
        write(folder / f"a{ending}", 100, num_frames=30)
    return folder


def damage(good: Path, folder: Path) -> dict[str, Path]:
    """One file of each kind of damage, by what is said of it."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = (good / "0.mp4").read_bytes()
    files = {
        "half.mp4 is not a readable video": (folder / "half.mp4", whole[: len(whole) // 2]),
        "empty.mp4 is not a readable video": (folder / "empty.mp4", b""),
        "cannot be read|is not a readable video|holds text": (
            folder / "page.mp4",
            b"<html>no such video</html>\n" * 40,
        ),
    }
    for ending in (".avi", ".mkv", ".webm"):
        content = (good / f"a{ending}").read_bytes()
        files[f"{ending} is cut short"] = (folder / f"half{ending}", content[: 3 * len(content) // 4])
    middle = len(whole) // 3
    files["is damaged"] = (folder / "middle.mp4", whole[:middle] + bytes(400) + whole[middle + 400 :])
    for path, content in files.values():
        path.write_bytes(content)
    return {words: path for words, (path, _) in files.items()}


def test_damage_is_found_and_named(good, tmp_path):
    damaged = damage(good, tmp_path)
    files = [*map(str, sorted(good.iterdir())), *map(str, damaged.values())]
    problems = problems_of(files)
    assert set(problems) == {str(path) for path in damaged.values()}
    for words, path in damaged.items():
        assert any(word in problems[str(path)] for word in words.split("|")), (words, problems[str(path)])
        assert problems[str(path)].startswith(str(path)) and "\n" not in problems[str(path)]
    assert set(problems_of(files, "quick")) <= set(problems)  # it looks at beginning and end


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.mp4")
    assert "is not a regular file" in problem_of(tmp_path / "a.mp4", True)


def test_what_was_found_is_not_looked_for_again(good, tmp_path, monkeypatch):
    monkeypatch.setenv("MPVN_CACHE", str(tmp_path / "cache"))
    asked, look = [], checking.problem_of
    monkeypatch.setattr(check_all, "problem_of", lambda path, whole: asked.append(Path(path).name) or look(path, whole))
    files = [str(shutil.copy(good / "1.mp4", tmp_path / "a.mp4")), str(tmp_path / "b.mp4")]
    (tmp_path / "b.mp4").touch()
    first = problems_of(files)
    assert sorted(asked) == ["a.mp4", "b.mp4"] and list(first) == files[1:]
    assert problems_of(files) == first and len(asked) == 2
    (tmp_path / "b.mp4").write_bytes((good / "2.mp4").read_bytes())  # mended
    assert problems_of(files) == {} and asked[2:] == ["b.mp4"]
    (found,) = (tmp_path / "cache").iterdir()
    assert all(json.loads(line)["file"] for line in found.read_text().splitlines())
    monkeypatch.setenv("MPVN_CACHE", "/dev/null/none")  # where nothing can be kept, all is looked at
    assert problems_of(files[:1]) == {} and asked[3:] == ["a.mp4"]


def rows(folder: Path) -> list[list[str]]:
    with open(folder / "skipped.csv", newline="") as file:
        return list(csv.reader(file))


def test_the_share_is_of_all_videos_and_one_always_may_be_left_out(tmp_path, one_line_error):
    def added(num_videos: int, share: float, num_bad: int) -> None:
        left_out = LeftOut(num_videos, share)
        for number in range(num_bad):
            left_out.add("train", f"/v/{number}.mp4", f"/v/{number}.mp4 is damaged")

    shares = ((100, 0.01, 1), (20, 0.01, 1), (300, 0.01, 3), (100, 0.1, 10), (100, 0.29, 29), (100, 0.0, 0))
    for num_videos, share, allowed in shares:
        added(num_videos, share, allowed)
        with pytest.raises(VideoError, match=f"{allowed + 1} of the {num_videos} videos .* raise max_skipped"):
            added(num_videos, share, allowed + 1)
    one_line_error(lambda: added(500, 0.01, 6), "/v/0.mp4 is damaged")
    left_out = LeftOut(10, 0.01)
    for number in range(9):
        left_out.add_missing("train", f"/v/{number}.mp4")
    left_out.write_to(tmp_path)
    assert len(rows(tmp_path)) == 10


def examples_with_one_damaged(good: Path, tmp_path: Path) -> list[Example]:
    bad = damage(good, tmp_path)["is damaged"]
    return [Example(str(good / f"{number}.mp4"), number) for number in range(8)] + [Example(str(bad), 8)]


def test_a_clip_that_cannot_be_read_gives_its_place_to_another(good, tmp_path):
    """In training, by the clip's own seed; in evaluation, to the next one."""
    examples, told = examples_with_one_damaged(good, tmp_path), []

    def labels(training: bool, seed: int = 0, workers: int = 2) -> list[int]:
        sampling = ClipSampling(10, sampling="random" if training else "centre")
        made = clips(
            examples, sampling, SquareCrop(16), training, seed, workers=workers,
            leave_out=lambda example, problem: told.append((example, problem)),
        )  # fmt: skip
        return [int(item["label"]) for item in made]

    first = labels(True)
    assert len(first) == 9 and 8 not in first
    assert labels(True, workers=4) == first
    assert {tuple(labels(True, seed)) for seed in range(3)} != {tuple(first)}
    assert labels(False) == list(range(8))
    assert {example for example, _ in told} == {examples[8]}
    assert all("is damaged" in problem for _, problem in told)

    def refuse(example, problem):
        raise VideoError("too many")

    with pytest.raises(tf.errors.InvalidArgumentError, match="too many"):
        list(clips(examples, ClipSampling(10), SquareCrop(16), training=True, leave_out=refuse))


def test_a_split_without_a_readable_video_is_refused(good, tmp_path, one_line_error):
    (tmp_path / "a.mp4").touch()
    splits = {"train": [Example(str(good / "1.mp4"), 0)], "test": [Example(str(tmp_path / "a.mp4"), 0)]}
    videos = ReadableVideos(splits, ClipSampling(4), 0.01, "auto")
    one_line_error(lambda: videos.check_all(tmp_path), "none of the 1 videos of the split 'test'", "a.mp4")


def test_short_videos_and_stretches_beyond_the_end_are_left_out(good, tmp_path):
    path = str(good / "1.mp4")  # 12 frames, 1.2 s
    short = str(write(tmp_path / "short.mp4", 90, num_frames=3))
    examples = [
        Example(path, 0), Example(path, 1, 0.2, 0.7), Example(path, 2, 5.0, 9.0), Example(short, 3),
        Example(str(tmp_path / "gone.mp4"), 4),
    ]  # fmt: skip

    def kept(short: str) -> list[int]:
        videos = ReadableVideos({"train": examples}, ClipSampling(6, short=short), 1.0, "auto")
        videos.check_all(tmp_path)
        assert videos.num_clips == {"train": len(videos.examples("train"))}
        return [example.label for example in videos.examples("train")]

    assert kept("loop") == [0, 1, 3]
    reasons = {(Path(path).name, reason) for _, path, reason in rows(tmp_path)[1:]}
    assert ("1.mp4", "has 0 frames between 5 and 9 s, but a clip needs 1") in reasons
    assert ("gone.mp4", "is in the list, but not on the disk") in reasons
    assert kept("error") == [0]
    assert any("has 5 frames between 0.2 and 0.7 s" in row[2] or "has 3 frames" in row[2] for row in rows(tmp_path))


def test_data_of_files_is_checked_before_it_is_used(good, tmp_path, one_line_error):
    for number in range(8):
        target = tmp_path / ("train" if number < 6 else "test") / ("ab"[number % 2]) / f"{number}.mp4"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(good / f"{number}.mp4", target)
    (tmp_path / "train/a/empty.mp4").touch()

    def data(**settings):
        roots = {"root": str(tmp_path / "train"), "test_root": str(tmp_path / "test")}
        return video_files(**roots, num_frames=4, size=16, **settings)

    made = whole_clips(data)  # what is made of data passes the check on
    assert made.num_clips == {"train": 7, "test": 2}
    made.check(tmp_path)
    assert made.num_clips == {"train": 6, "test": 2}
    assert rows(tmp_path)[1][:2] == ["train", str(tmp_path / "train/a/empty.mp4")]
    (batch, labels) = next(iter(made.batches("train", 6, training=True)))
    assert batch.shape == (6, 1, 4, 16, 16, 3) and sorted(labels.numpy()) == [0, 0, 0, 1, 1, 1]
    (tmp_path / "train/b/empty.mp4").touch()
    one_line_error(lambda: data().check(tmp_path), "2 of the 10 videos", "max_skipped=0.01 lets 1", "empty.mp4")
    one_line_error(lambda: data().batches("train", 2, training=True), "2 of the 10 videos")
    data(max_skipped=0.2).check(tmp_path)
    assert len(rows(tmp_path)) == 3
    one_line_error(lambda: data(test_share=0.3), "test_share=0.3 is not used")
    one_line_error(lambda: data(max_skipped=2), "max_skipped")
    one_line_error(lambda: data(check="slow"), "check", "'slow'")
