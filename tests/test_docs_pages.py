"""The snippets of docs/index.md, docs/streams.md and docs/inputs.md run, in their order, and say what is so."""

import re

import floors
import keras
import numpy as np
import tensorflow as tf

import mpvn
from mpvn.data.files.writer import VideoWriter


def run(page, names):
    for snippet in re.findall(r"```python\n(.*?)```", (floors.ROOT / "docs" / page).read_text(), re.DOTALL):
        # As a file, for AutoGraph reads the code of functions.
        path = names["folder"] / f"snippet_{len(list(names['folder'].iterdir()))}.py"
        path.write_text(snippet)
        exec(compile(snippet, path, "exec"), names)  # noqa: S102


def test_streams(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    with VideoWriter("clip.mp4", 25, (24, 32)) as writer:
        for frame in rng.integers(0, 256, (8, 24, 32, 3), np.uint8):
            writer.write(frame)
    units = [mpvn.Unit("a", keras.layers.Conv2D(2, 3)), mpvn.Unit("b", keras.layers.Flatten(), ["a"])]
    network = mpvn.VideoNetwork(units, (8, 8, 3)).parallel(2, clocks={"b": 2})
    frames = rng.random((4, 6, 8, 8, 3), np.float32)
    names = {"mpvn": mpvn, "tf": tf, "network": network, "frames": frames, "frame": frames[:, 0], "folder": tmp_path}
    run("streams.md", names | {"video": frames[:1]})
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "7"
    assert [line.split()[0] for line in said if line.endswith("ms")] == [str(i) for i in range(1, 8)]


def test_index(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {"folder": tmp_path}
    run("index.md", names)
    np.testing.assert_allclose(names["output"], names["outputs"][:, -1], atol=1e-5)
    assert (tmp_path / "schedule.png").stat().st_size > 1000 and "conv5" in capsys.readouterr().out


def test_inputs(tmp_path, capsys):
    clip = np.random.default_rng(0).integers(0, 256, (1, 2, 32, 32, 3), np.uint8)
    names = {"mpvn": mpvn, "keras": keras, "video_8_bit": clip, "folder": tmp_path}
    run("inputs.md", names)
    assert names["outputs"].shape == (1, 2, 1000)
    assert "white=255.0, name='tf'" in capsys.readouterr().out
