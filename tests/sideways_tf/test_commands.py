"""The commands of Sideways, with good and bad input."""

import json

import numpy as np
import pytest
from commands import bad, good

from mpvn.data.files.reader import VideoReader
from mpvn.data.files.writer import VideoWriter

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


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    file = "--gin_file=gin_configs/sideways/simple_cnn_walkers.gin"
    return [file, *TINY, f'--gin_param=walkers.data_dir="{data}"']


def test_a_run_trains_resumes_and_is_evaluated(settings, tmp_path):
    folder = tmp_path / "run"
    for steps in (2, 4):
        out = good("sideways_tf.train", *settings, f"--gin_param=train.steps={steps}", f"--model_dir={folder}")
    assert f"resuming {folder} at step 2" in out
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 4]
    assert [rows[0][f"subnetwork{i}/staleness"] for i in range(6)] == [10, 8, 6, 4, 2, 0]
    for row in rows:
        assert 0 < row["loss"] < 10 and 0 <= row["accuracy"] <= 1
        assert row["steps_per_second"] > 0 and row["peak_memory_mb"] > 100
        # The last subnetwork has no stale gradients: its pseudo-gradient is the exact one.
        assert row["subnetwork5/cosine"] == pytest.approx(1, abs=1e-3)
        assert row["subnetwork5/norm"] == pytest.approx(row["subnetwork5/exact_norm"], rel=1e-2)
        assert all(-1 <= row[f"subnetwork{i}/cosine"] < 1 and row[f"subnetwork{i}/norm"] > 0 for i in range(5))
    out = good("mpvn.evaluate", f"--model_dir={folder}")
    assert "as trained: accuracy" in out and "of motion classes" in out
    results = json.loads((folder / "evaluation_test.json").read_text())
    assert results["step"] == 4 and 0 < results["networks"]["as trained"]["loss"] < 10


def test_a_model_that_only_a_parameter_names_is_evaluated(tmp_path):
    """By a process that has not imported this package before."""
    settings = [*TINY, f'--gin_param=walkers.data_dir="{tmp_path}"', "--gin_param=train.steps=2"]
    model = "--gin_param=train.model=@SidewaysModel"
    file = "--gin_file=gin_configs/mpvn/simple_cnn_walkers.gin"
    good("sideways_tf.train", file, *settings, model, f"--model_dir={tmp_path / 'run'}")
    text = (tmp_path / "run" / "operative_config.gin").read_text()
    assert "import sideways_tf.configurables" in text and "@SidewaysModel" in text
    assert "as trained: accuracy" in good("mpvn.evaluate", f"--model_dir={tmp_path / 'run'}", process=True)


def test_an_autoencoder_is_trained_evaluated_and_streamed(tmp_path):
    sizes = {"num_frames": 16, "size": 16, "num_train": 4, "num_validation": 2, "num_test": 2}
    params = [f"--gin_param=moving_objects.{name}={value}" for name, value in sizes.items()]
    params += [f'--gin_param=moving_objects.data_dir="{tmp_path / "data"}"', "--gin_param=autoencoder.width=0.1"]
    params += ["--gin_param=train.steps=2", "--gin_param=train.report_every=2", "--gin_param=train.batch_size=2"]
    params += ["--gin_param=optimizer.kind=@delay_compensated_sgd", "--gin_param=delay_compensated_sgd.spike=True"]
    folder, clip, output = tmp_path / "run", tmp_path / "clip.mp4", tmp_path / "out.mp4"
    file = "--gin_file=gin_configs/sideways/autoencoder_moving_objects.gin"
    good("sideways_tf.train", file, *params, f"--model_dir={folder}")
    row = json.loads((folder / "metrics.jsonl").read_text())
    assert 0 < row["loss"] < 1 and 0 < row["val_loss"] < 1 and row["psnr"] > 0 and -1 <= row["ssim"] <= 1
    out = good("mpvn.evaluate", f"--model_dir={folder}")
    measures = json.loads((folder / "evaluation_test.json").read_text())["networks"]["as trained"]
    assert f"as trained: mse {measures['mse']:.4f}" in out and 0 < measures["mse"] < 1
    with VideoWriter(clip, 25, (48, 64)) as writer:
        for value in np.linspace(0, 255, 10):
            writer.write(np.full((48, 64, 3), value, np.uint8))
    out = good("mpvn.stream_video", f"--video={clip}", f"--model_dir={folder}", f"--output={output}")
    assert "10 frames" in out
    with VideoReader(output) as reader:
        frames = np.stack(list(reader))
    assert len(frames) == 10 and frames[-1].mean() > frames[0].mean()


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
