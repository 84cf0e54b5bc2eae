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
def made(tmp_path_factory):
    """A run folder of one step, on noise that moves."""
    root, folder = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("runs") / "1"
    rng = np.random.default_rng(0)
    for part, count in COUNTS.items():
        for name in ("up", "down"):
            for number in range(count):
                path = root / part / name / f"{number}.avi"
                path.parent.mkdir(parents=True, exist_ok=True)
                with VideoWriter(path, 10, (24, 24)) as video:
                    for _ in range(16):
                        video.write(rng.integers(0, 255, (6, 6, 3), np.uint8).repeat(4, 0).repeat(4, 1))
    settings = {
        "train.data": "@video_files", "video_files.root": repr(str(root)), "video_files.num_frames": 4,
        "video_files.size": 16, "train.network": "@network", "network.base": "@simple_cnn", "simple_cnn.width": 0.0625,
        "train.steps": 1, "train.report_every": 1, "train.batch_size": 2, "train.validation_clips": 2,
    }  # fmt: skip
    good("mpvn.train", *(f"--gin_param={name}={value}" for name, value in settings.items()), f"--model_dir={folder}")
    return folder


def test_a_video_is_named_by_the_mean_of_its_clips_probabilities(made):
    out = good("mpvn.evaluate", f"--model_dir={made}", "--gin_param=video_files.test_clips=3", "--batch_size=4")
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


def test_the_mean_over_runs_is_written_beside_them(made):
    second = made.parent / "2"
    second.mkdir()
    summary = json.loads((made / "evaluation_test.json").read_text())
    first = summary["networks"]["as trained"]["top-1"]
    summary["networks"]["as trained"]["top-1"] = 0.25
    (second / "evaluation_test.json").write_text(json.dumps(summary))
    out = good("mpvn.evaluate", f"--mean_of={made},{second}")
    assert "mean" in out and "evaluation_test_mean.json" in out
    written = json.loads((made.parent / "evaluation_test_mean.json").read_text())
    assert written["networks"]["as trained"]["mean"]["top-1"] == pytest.approx((first + 0.25) / 2)
    assert (made.parent / "evaluation_test_mean.csv").exists() and (made.parent / "evaluation_test_mean.md").exists()
    assert "evaluation/test top-1, mean of 2 runs" in tags(made.parent / "evaluation_test_mean_events")


def test_wrong_means_are_one_line(made):
    assert "--model_dir is missing" in bad("mpvn.evaluate")
    assert "leave out --batch_size" in bad("mpvn.evaluate", f"--mean_of={made},x", "--batch_size=4")
    assert "leave out --model_dir" in bad("mpvn.evaluate", f"--mean_of={made},x", f"--model_dir={made}")
    assert "x has no evaluation_test.json" in bad("mpvn.evaluate", f"--mean_of={made},x")
    output = f"--output={made}/evaluation_test.json"
    assert "which is read" in bad("mpvn.evaluate", f"--mean_of={made},{made.parent / '2'}", output)
