"""The lists of videos in a run folder, and what they keep from happening."""

import csv
import hashlib
import json
import shutil

import numpy as np
import pytest
from commands import bad, good
from commands import run as command
from lists import refused

import mpvn
from mpvn.data.files.examples import Example
from mpvn.data.files.parts import Parts
from mpvn.data.video_data import VideoData
from mpvn.runs.lists import Lists
from mpvn.tasks import Action, Reconstruction

SETTINGS = [
    "--gin_file=gin_configs/mpvn/simple_cnn_ucf101.gin",
    '--gin_param=video_files.layout = "class_folders"',
    "--gin_param=video_files.num_frames = 6",
    "--gin_param=video_files.size = 32",
    "--gin_param=simple_cnn.width = 0.1",
    "--gin_param=train.batch_size = 2",
    "--gin_param=train.validation_clips = 2",
]


def data(root, classes=("one", "two"), missing=(), **of_parts):
    """Files named after their content, which are labelled in turn."""
    examples = {}
    for part, names in of_parts.items():
        for name in names:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(name)
        examples[part] = [Example(str(root / name), n % len(classes)) for n, name in enumerate(names)]
    parts = Parts(classes, examples, {"train": missing}, str(root))
    return VideoData(classes, (8, 8, 3), 4, {p: len(e) for p, e in examples.items()}, None, parts=parts)


def test_lists_and_their_hashes(tmp_path):
    lists = Lists(tmp_path / "run")
    made = data(tmp_path / "v", missing=["gone.avi"], train=["a, b.mp4", "Caf\u00e9.mp4"], test=["c.mp4"])
    made.parts.examples["test"][0] = Example(str(tmp_path / "v/c.mp4"), 1, 0.5, 12)
    lists.write(made, resumed=False)
    folder = tmp_path / "run/lists"
    rows = list(csv.reader((folder / "train.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["video", "class_name", "label", "begin", "end", "bytes", "sha256_of_beginning"]
    assert rows[1] == ["a, b.mp4", "one", "0", "", "", "8", hashlib.sha256(b"a, b.mp4").hexdigest()]
    assert rows[2][:3] == ["Caf\u00e9.mp4", "two", "1"]
    (row,) = Lists(tmp_path / "run").rows("test")
    assert row[:6] == ("c.mp4", "two", 1, "0.5", "12", 5)
    summary = json.loads((folder / "lists.json").read_text())
    assert summary["class_names"] == ["one", "two"] and summary["root"] == str(tmp_path / "v")
    for part, videos in (("train", 2), ("test", 1)):
        digest = hashlib.sha256((folder / f"{part}.csv").read_bytes()).hexdigest()
        assert summary["parts"][part] == {"videos": videos, "sha256": digest}
    assert (folder / "missing.csv").read_text().splitlines() == ["part,video", "train,gone.avi"]


def test_what_was_trained_on_is_not_tested_on(tmp_path):
    lists = Lists(tmp_path / "run")
    lists.write(data(tmp_path / "v", train=["a.mp4", "b.mp4"], test=["c.mp4"]), resumed=False)
    another_split = data(tmp_path / "v", train=["c.mp4", "b.mp4"], test=["a.mp4"])
    refused(lambda: lists.check_untrained(another_split, "test"), "a.mp4", "test", "trained on")
    refused(lambda: lists.check_goes_on(another_split), "a.mp4")
    lists.check_untrained(another_split, "train")  # the user says so in words
    moved = data(tmp_path / "moved", train=["x.mp4"], test=["y.mp4"])
    lists.check_untrained(moved, "test")
    (tmp_path / "moved/y.mp4").write_text("a.mp4")
    refused(lambda: lists.check_untrained(moved, "test"), "y.mp4")
    lists.write(data(tmp_path / "v", train=["d.mp4"], test=["c.mp4"]), resumed=True)
    assert [row.video for row in lists.rows("train")] == ["d.mp4", "a.mp4", "b.mp4"]


def test_splits_that_have_names_are_not_tested_on_either(tmp_path):
    def named(train, test, name="ucf101/ucf101_1:2.0.0"):
        described = {"tfds": name, "splits": {"train": train, "test": test}}
        return VideoData(["a"], (8, 8, 3), 4, {"train": 9, "test": 9}, None, described=described)

    lists = Lists(tmp_path / "run")
    lists.write(named("train[:80%]", "test"), resumed=False)
    for fine in (named("train", "test"), named("train[:80%]", "train[80%:]"), named("a", "b", "other:1.0.0")):
        lists.check_goes_on(fine)
    leak = named("train[20%:]", "train[:20%]")
    refused(lambda: lists.check_untrained(leak, "test"), "'train[:20%]'", "trained on 'train[:80%]'")
    refused(lambda: lists.check_goes_on(leak), "test_split")
    lists.check_untrained(leak, "train")


def test_classes_stay_what_they_are(tmp_path):
    lists = Lists(tmp_path / "run")
    lists.write(data(tmp_path / "v", train=["a.mp4"]), resumed=False)
    lists.check_classes(data(tmp_path / "v", train=["b.mp4"]), Action())
    others = data(tmp_path / "v", ("two", "one"), train=["a.mp4"])
    refused(lambda: lists.check_classes(others, Action()), "classes", "another order")
    for classes, word in ((("one", "zumba"), "without 'two'"), (("one", "two", "zumba"), "with 'zumba'")):
        refused(lambda: lists.check_classes(data(tmp_path / "v", classes, train=["a.mp4"]), Action()), word)  # noqa: B023
    lists.check_classes(others, Reconstruction())


@pytest.mark.parametrize("file", ["lists.json", "train.csv"])
def test_damaged_lists_are_named(tmp_path, file):
    lists = Lists(tmp_path / "run")
    made = data(tmp_path / "v", train=["a.mp4"], test=["b.mp4"])
    lists.write(made, resumed=False)
    (tmp_path / "run/lists" / file).write_text("{,\n1,2\n")
    refused(lambda: (lists.check_classes(made, Action()), lists.check_untrained(made, "test")), file, "cannot be read")


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """Two class folders of four videos of a grey each."""
    from mpvn.data.files.writer import VideoWriter

    root = tmp_path_factory.mktemp("class_folders") / "videos"
    for n in range(8):
        (root / ("dark", "bright")[n % 2]).mkdir(parents=True, exist_ok=True)
        with VideoWriter(root / ("dark", "bright")[n % 2] / f"{n}.avi", 25, (32, 48)) as writer:
            for _ in range(6):
                writer.write(np.full((32, 48, 3), 20 + 25 * n, np.uint8))
    return root


def test_a_run_on_class_folders(videos, tmp_path):
    """Nothing for validation: the clips held out for testing are called so; and videos that come later are left out."""
    run, root = tmp_path / "run", tmp_path / "videos"
    shutil.copytree(videos, root)
    given = [*SETTINGS, f'--gin_param=video_files.root = "{root}"', f"--model_dir={run}"]
    good("mpvn.train", *given, "--gin_param=train.steps = 1")
    (row,) = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert row["test_loss"] > 0 and not any(name.startswith("val_") for name in row)
    tested = {row.video for row in Lists(run).rows("test")}
    assert len(tested) == 2 and len(Lists(run).rows("train")) == 6
    for n in range(8):
        shutil.copyfile(root / "dark/0.avi", root / f"dark/new{n}.avi")
        (root / f"dark/new{n}.avi").write_bytes((root / "dark/0.avi").read_bytes() + bytes([n]))
    out = good("mpvn.evaluate", f"--model_dir={run}")
    assert "2 clips" in out and "8 videos did not exist" in out
    line = bad("mpvn.evaluate", f"--model_dir={run}", "--gin_param=video_files.split_seed = 7")
    assert "trained on" in line
    good("mpvn.train", *given, "--gin_param=train.steps = 2", "--gin_param=train.report_every = 1")
    assert {row.video for row in Lists(run).rows("test")} == tested and len(Lists(run).rows("train")) == 6
    viewing = mpvn.load(run).viewing
    root.rename(tmp_path / "elsewhere")
    assert mpvn.load(run).viewing == viewing is not None
    flags = f"--model_dir={run}", f"--video={tmp_path}/elsewhere/dark/0.avi", "--labels=-"
    code, out, err = command("mpvn.stream_video", *flags)
    assert code == 0 and "without the videos of the run" in err and str(root) in err
    tops = [json.loads(line)["top"] for line in out.splitlines()]
    assert {entry["label"] for top in tops for entry in top} == {"dark", "bright"}
    secret = "--video=http://me:secret@127.0.0.1:9/x.mp4"
    code, out, err = command("mpvn.stream_video", *flags, secret, "--patience=0.1")
    assert code == 2 and "1 of 2 videos" in err and "me:***@127.0.0.1:9" in err and "secret" not in out + err
    assert str(root) in bad("mpvn.evaluate", f"--model_dir={run}")
