"""A run on small videos: a label per video from several clips, beside probabilities averaged by hand; means of runs."""

import csv
import json

import numpy as np
import pytest
import tensorflow as tf
from commands import bad, good

from mpvn.data.files.writer import VideoWriter
from mpvn.runs.restore import restore

pytest.importorskip("av", reason="PyAV is not installed (the extra 'video')")

COUNTS = {"train": 2, "test": 3}


def tags(folder) -> set[str]:
    events = [e for path in folder.rglob("events.out*") for e in tf.compat.v1.train.summary_iterator(str(path))]
    return {value.tag for event in events for value in event.summary.value}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Flags of a run of one step, on videos of noise that moves."""
    root = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for part, count in COUNTS.items():
        for name in ("up", "down"):
            for number in range(count):
                path = root / part / name / f"{number}.avi"
                path.parent.mkdir(parents=True, exist_ok=True)
                with VideoWriter(path, 10, (24, 24)) as video:
                    for _ in range(16):
                        video.write(rng.integers(0, 255, (6, 6, 3), np.uint8).repeat(4, 0).repeat(4, 1))
    chosen = {
        "train.data": "@video_files", "video_files.root": repr(str(root)), "video_files.num_frames": 4,
        "video_files.size": 16, "train.network": "@network", "network.base": "@simple_cnn", "simple_cnn.width": 0.0625,
        "train.steps": 1, "train.report_every": 1, "train.batch_size": 2, "train.validation_clips": 2,
    }  # fmt: skip
    return [f"--gin_param={name}={value}" for name, value in chosen.items()]


@pytest.fixture(scope="module")
def made(settings, tmp_path_factory):
    """The run folder."""
    folder = tmp_path_factory.mktemp("runs") / "1"
    good("mpvn.train", *settings, f"--model_dir={folder}")
    return folder


@pytest.fixture(scope="module")
def evaluated(made):
    """The run folder, evaluated, and what the command said."""
    return made, good("mpvn.evaluate", f"--model_dir={made}", "--gin_param=video_files.test_clips=3", "--batch_size=4")


def test_a_video_is_named_by_the_mean_of_its_clips_probabilities(evaluated):
    made, out = evaluated
    assert "18 clips, 3 of each video" in out and "top-1" in out
    summary = json.loads((made / "evaluation_test.json").read_text())
    measures = summary["networks"]["as trained"]
    assert summary["clips_per_video"] == 3 and (measures["clips"], measures["videos"]) == (18, 6)

    run = restore(str(made), gin_params=["video_files.test_clips=3"])
    right = {0: [], 1: []}
    clips = list(run.data.clips("test", False, 0, 0))
    for video in range(6):
        probabilities = []
        for clip in clips[3 * video : 3 * video + 3]:
            outputs = run.network.run(clip["video"][tf.newaxis])[0, run.network.schedule.valid_from :]
            probabilities.append(tf.nn.softmax(tf.reduce_mean(outputs, 0)).numpy())
        label = int(clips[3 * video]["label"])
        right[label].append(np.mean(probabilities, 0).argmax() == label)
    assert measures["top-1"] == pytest.approx(np.mean(right[0] + right[1]))
    with open(made / "evaluation_test_classes.csv", newline="") as file:
        rows = {row["class"]: row for row in csv.DictReader(file)}
    for label, name in enumerate(("down", "up")):
        assert rows[name]["videos"] == "3" and float(rows[name]["right"]) == pytest.approx(
            np.mean(right[label]), abs=1e-3
        )
    assert "evaluation/test top-1" in tags(made)


def test_what_follows_the_end_of_a_video_does_not_count(made, tmp_path):
    """Videos of 16 frames as clips of 16, and as clips of 20 of which four are masked."""
    results = {}
    for count, short in ((16, "error"), (20, "mask"), (20, "last")):
        changes = f"--gin_param=video_files.num_frames={count}", f'--gin_param=video_files.short="{short}"'
        output = tmp_path / f"{short}.json"
        good("mpvn.evaluate", f"--model_dir={made}", *changes, f"--output={output}")
        results[short] = json.loads(output.read_text())["networks"]["as trained"]
    assert results["mask"] == pytest.approx(results["error"], rel=1e-4)
    assert results["last"]["loss"] != pytest.approx(results["error"]["loss"], rel=1e-4)


def test_clips_that_end_before_outputs_count_are_one_line(made):
    assert "clips of 4 frames end before tick 4" in bad("mpvn.evaluate", f"--model_dir={made}", "--first_tick=4")
    assert "from 0.001 to 1000" in bad("mpvn.evaluate", f"--model_dir={made}", "--gin_param=video_files.fps=1e9")


def test_training_takes_masked_videos(settings, tmp_path):
    flags = [*settings, '--gin_param=video_files.short="mask"', "--gin_param=video_files.num_frames=20"]
    good("mpvn.train", *flags, f"--model_dir={tmp_path / 'run'}")
    (row,) = (json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines())
    assert 0 < row["loss"] < 10 and 0 <= row["test_accuracy"] <= 1
    mixed = ["--gin_param=train.task=@action", "--gin_param=action.mixup=1", f"--model_dir={tmp_path / 'mixed'}"]
    assert "mixup" in bad("mpvn.train", *flags, *mixed)
    # A task that needs every frame.
    whole = ["--gin_param=network.base=@autoencoder", "--gin_param=train.task=@reconstruction"]
    flags = [flag for flag in flags if "simple_cnn" not in flag]
    assert "short='mask'" in bad("mpvn.train", *flags, *whole, f"--model_dir={tmp_path / 'whole'}")


@pytest.fixture(scope="module")
def two(evaluated):
    """Two evaluated run folders, of which the second has a top-1 of 0.25."""
    first = evaluated[0]
    second = first.parent / "2"
    second.mkdir()
    summary = json.loads((first / "evaluation_test.json").read_text())
    summary["networks"]["as trained"]["top-1"] = 0.25
    (second / "evaluation_test.json").write_text(json.dumps(summary))
    return first, second


def test_the_mean_over_runs_is_written_beside_them(two):
    made, second = two
    summary = json.loads((made / "evaluation_test.json").read_text())
    first = summary["networks"]["as trained"]["top-1"]
    out = good("mpvn.evaluate", f"--mean_of={made},{second}")
    assert "mean" in out and "evaluation_test_mean.json" in out
    written = json.loads((made.parent / "evaluation_test_mean.json").read_text())
    assert written["networks"]["as trained"]["mean"]["top-1"] == pytest.approx((first + 0.25) / 2)
    assert (made.parent / "evaluation_test_mean.csv").exists() and (made.parent / "evaluation_test_mean.md").exists()
    assert "evaluation/test top-1, mean of 2 runs" in tags(made.parent / "evaluation_test_mean_events")


def test_wrong_means_are_one_line(two):
    made, second = two
    assert "--model_dir is missing" in bad("mpvn.evaluate")
    assert "leave out --batch_size" in bad("mpvn.evaluate", f"--mean_of={made},x", "--batch_size=4")
    assert "leave out --model_dir" in bad("mpvn.evaluate", f"--mean_of={made},x", f"--model_dir={made}")
    assert "x has no evaluation_test.json" in bad("mpvn.evaluate", f"--mean_of={made},x")
    output = f"--output={made}/evaluation_test.json"
    assert "which is read" in bad("mpvn.evaluate", f"--mean_of={made},{second}", output)
    assert "ends in .json" in bad("mpvn.evaluate", f"--mean_of={made},{second}", f"--output={made.parent}/mean.csv")


def test_what_a_run_needs_is_not_written_over(made, tmp_path):
    """It is said before anything is evaluated."""
    (tmp_path / "same.json").symlink_to(made / "lists/lists.json")
    for path, words in (
        (made / "operative_config.gin", "ends in .json"),
        (made / "lists/lists.json", "which is read"),
        (tmp_path / "same.json", "which is read"),
        (tmp_path / "nowhere/a.json", "is not a folder"),
    ):
        there = path.read_bytes() if path.exists() else None
        assert words in bad("mpvn.evaluate", f"--model_dir={made}", f"--output={path}", "--split=nothing")
        assert there is None or path.read_bytes() == there
