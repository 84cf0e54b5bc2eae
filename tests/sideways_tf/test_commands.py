"""The binaries of Sideways as processes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commands import bad

ROOT = Path(__file__).parents[2]
TINY = [
    "--gin_param=walkers.num_frames=14",
    "--gin_param=walkers.size=32",
    "--gin_param=walkers.num_train=24",
    "--gin_param=walkers.num_validation=12",
    "--gin_param=walkers.num_test=12",
    "--gin_param=simple_cnn.width=0.1",
    "--gin_param=train.batch_size=4",
    "--gin_param=train.report_every=2",
    "--gin_param=train.validation_clips=4",
]


def run(module, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    file = "--gin_file=gin_configs/sideways/simple_cnn_walkers.gin"
    return [file, *TINY, f'--gin_param=walkers.data_dir="{data}"']


def test_a_run_trains_resumes_and_is_evaluated(settings, tmp_path):
    folder = tmp_path / "run"
    for steps in (2, 4):
        code, out, err = run(
            "sideways_tf.train", *settings, f"--gin_param=train.steps={steps}", f"--model_dir={folder}"
        )
        assert code == 0, err
    assert "resuming" in out
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 4]
    names = {f"subnetwork{i}/{name}" for i in range(6) for name in ("cosine", "norm", "exact_norm", "staleness")}
    assert names | {"loss", "accuracy", "steps_per_second", "peak_memory_mb"} <= set(rows[0])
    assert [rows[0][f"subnetwork{i}/staleness"] for i in range(6)] == [10, 8, 6, 4, 2, 0]
    code, out, err = run("mpvn.evaluate", f"--model_dir={folder}")
    assert code == 0, err
    assert "as trained: accuracy" in out and "of motion classes" in out


def test_a_model_that_only_a_parameter_names_is_evaluated(tmp_path):
    settings = [*TINY, f'--gin_param=walkers.data_dir="{tmp_path}"', "--gin_param=train.steps=2"]
    model = "--gin_param=train.model=@SidewaysModel"
    file = "--gin_file=gin_configs/mpvn/simple_cnn_walkers.gin"
    code, _, err = run("sideways_tf.train", file, *settings, model, f"--model_dir={tmp_path / 'run'}")
    assert code == 0, err
    code, _, err = run("mpvn.evaluate", f"--model_dir={tmp_path / 'run'}")
    assert code == 0, err


def test_an_autoencoder_is_trained_evaluated_and_streamed(tmp_path):
    import numpy as np

    from mpvn.data.files.reader import VideoReader
    from mpvn.data.files.writer import VideoWriter

    sizes = {"num_frames": 16, "size": 16, "num_train": 4, "num_validation": 2, "num_test": 2}
    params = [f"--gin_param=moving_objects.{name}={value}" for name, value in sizes.items()]
    params += [f'--gin_param=moving_objects.data_dir="{tmp_path / "data"}"', "--gin_param=autoencoder.width=0.1"]
    params += ["--gin_param=train.steps=2", "--gin_param=train.report_every=2", "--gin_param=train.batch_size=2"]
    params += ["--gin_param=train.optimizer=@delay_compensated_sgd", "--gin_param=delay_compensated_sgd.spike=True"]
    folder, clip, output = tmp_path / "run", tmp_path / "clip.mp4", tmp_path / "out.mp4"
    file = "--gin_file=gin_configs/sideways/autoencoder_moving_objects.gin"
    code, _, err = run("sideways_tf.train", file, *params, f"--model_dir={folder}")
    assert code == 0, err
    row = json.loads((folder / "metrics.jsonl").read_text())
    assert {"loss", "psnr", "ssim", "val_loss"} <= set(row)
    code, out, err = run("mpvn.evaluate", f"--model_dir={folder}")
    assert code == 0 and "as trained: mse" in out, err
    with VideoWriter(clip, 25, (48, 64)) as writer:
        for value in np.linspace(0, 255, 10):
            writer.write(np.full((48, 64, 3), value, np.uint8))
    code, out, err = run("mpvn.stream_video", f"--video={clip}", f"--model_dir={folder}", f"--output={output}")
    assert code == 0 and "10 frames" in out, err
    with VideoReader(output) as reader:
        assert len(list(reader)) == 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--gin_param=SidewaysModel.update='tick'", "--gin_param=SidewaysModel.engine='folded'"], ["engine='ticked'"]),
        (["--gin_param=SidewaysModel.gradients='backwards'"], ["'backwards'"]),
        (["--gin_param=SidewaysModel.speed=3"], ["speed"]),
        (["--gin_param=walkers.num_frames=8"], ["8 frames", "11"]),
        (["--gin_param=train.data=@moving_objects"], ["classes", "train.task"]),
        (["--gin_param=train.data=@video_files"], ["video_files", "root"]),
        (["--gin_param=network.base=@autoencoder"], ["autoencoder", "train.task"]),
        (["--gin_param=train.task=@reconstruction"], ["simple_cnn", "train.task"]),
        (["--gin_param=train.learning_rate=1e30", "--gin_param=train.steps=2"], ["loss", "step 2", "checkpoint"]),
    ],
)
def test_bad_settings_are_one_line(arguments, words, settings, tmp_path):
    line = bad("sideways_tf.train", *settings, *arguments, f"--model_dir={tmp_path / 'run'}")
    assert all(word in line for word in words), line
