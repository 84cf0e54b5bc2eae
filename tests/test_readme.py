"""The README's snippets run, in their order."""

import re
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from eager import eagerly

import mpvn

README = (Path(__file__).parents[1] / "README.md").read_text()


def snippets():
    return re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_snippets_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    clips = random.uniform(size=(4, 20, 64, 64, 3)).astype("float32")
    names = {
        "keras": keras,
        "tf": tf,
        "mpvn": mpvn,
        "frames": clips[:, :4],
        "frame": clips[:, 0],
        "dataset": tf.data.Dataset.from_tensors((clips[:2, :15], np.array([1, 2]))),
    }
    ran = 0
    for snippet in snippets():
        if "threading" in snippet:  # threads are set before TensorFlow starts
            continue
        with eagerly(".fit(" in snippet):  # one step takes less time than its graph
            exec(snippet, names)  # noqa: S102
        ran += 1
    assert ran >= 4
    assert names["stream"].valid.shape == (4,)
    assert (tmp_path / "schedule.png").exists()


def test_pictures_and_folders_it_names_exist():
    root = Path(__file__).parents[1]
    for path in re.findall(r"\]\(([\w/.-]+)\)", README):
        assert (root / path).exists(), path
    for path in re.findall(r"--gin_file=([\w/.-]+)", README):
        assert (root / path).exists(), path
