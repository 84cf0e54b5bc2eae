"""Run folders at addresses: trained, taken up again, evaluated and streamed as those on this machine."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from commands import bad, good

import mpvn
from mpvn.data.files.writer import VideoWriter
from mpvn.runs import mirror

ADDRESS = "ram://runs/of mine"


@pytest.fixture(autouse=True)
def no_copies():
    yield
    mirror.forget()


def there() -> set[str]:
    return {
        f"{folder.removeprefix(ADDRESS)}/{name}".lstrip("/")
        for folder, _, names in tf.io.gfile.walk(ADDRESS)
        for name in names
    }


def test_what_changes_is_brought_and_nothing_else(tmp_path, monkeypatch):
    made, rename = [], tf.io.gfile.rename
    monkeypatch.setattr(tf.io.gfile, "rename", lambda old, new, **kw: (made.append(new), rename(old, new, **kw)))
    folder = Path(mirror.here("ram://files/a/"))
    (folder / "checkpoints").mkdir()
    for name in ("checkpoints/ckpt-1.index", "checkpoints/ckpt-1.data", "metrics.jsonl"):
        (folder / name).write_text(name)
    mirror.bring(folder)
    assert made[-1] == "ram://files/a/checkpoints/ckpt-1.index"  # what makes the checkpoint count comes last
    made.clear()
    (folder / "metrics.jsonl").write_text("more of them")
    (folder / "checkpoints/ckpt-1.data").unlink()
    mirror.bring(folder / "checkpoints")
    assert made == ["ram://files/a/metrics.jsonl"]
    mirror.bring(tmp_path)  # no copy of anything

    (folder / "metrics.jsonl").write_text("lost")  # the copy is made anew of what is there
    again = Path(mirror.here("ram://files/a"))
    files = {path.relative_to(again).as_posix(): path.read_text() for path in again.rglob("*") if path.is_file()}
    assert files == {"checkpoints/ckpt-1.index": "checkpoints/ckpt-1.index", "metrics.jsonl": "more of them"}
    mirror.forget()
    assert not again.exists() and mirror.here(str(tmp_path)) == str(tmp_path)


def test_a_run_at_an_address(tmp_path):
    settings = [
        "--gin_file=gin_configs/mpvn/simple_cnn_walkers.gin",
        "--gin_param=walkers.num_frames = 12",
        "--gin_param=walkers.size = 16",
        "--gin_param=walkers.num_train = 4",
        "--gin_param=walkers.num_validation = 4",
        "--gin_param=walkers.num_test = 4",
        f'--gin_param=walkers.data_dir = "{tmp_path / "data"}"',
        "--gin_param=simple_cnn.width = 0.1",
        "--gin_param=train.batch_size = 2",
        "--gin_param=train.report_every = 1",
    ]
    folder = f"--model_dir={ADDRESS}"
    good("mpvn.train", *settings, "--gin_param=train.steps = 1", folder)
    assert {"operative_config.gin", "metrics.jsonl", "network.weights.h5", "schedule.csv"} <= there()
    mirror.forget()  # as another process
    out = good("mpvn.train", *settings, "--gin_param=train.steps = 2", folder)
    assert "at step 1" in out
    with tf.io.gfile.GFile(f"{ADDRESS}/metrics.jsonl") as file:
        assert [json.loads(line)["step"] for line in file] == [1, 2]
    good("mpvn.evaluate", folder)
    assert "evaluation_test.json" in there()
    assert mpvn.load(ADDRESS).frame_shape == (16, 16, 3)
    clip = tmp_path / "clip.mp4"
    with VideoWriter(clip, 25, (16, 16)) as video:
        for _ in range(8):
            video.write(np.zeros((16, 16, 3), np.uint8))
    assert "8 frames" in good("mpvn.stream_video", f"--video={clip}", folder)


def test_an_address_that_nothing_serves(tmp_path):
    before = set(os.listdir(tmp_path))
    assert "'nowhere' not implemented" in bad("mpvn.evaluate", "--model_dir=nowhere://runs/a")
    assert set(os.listdir(tmp_path)) == before
    assert "holds no run" in bad("mpvn.evaluate", "--model_dir=ram://runs/none")
