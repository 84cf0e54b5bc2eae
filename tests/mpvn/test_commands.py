"""Every command with good and bad input; as a process where it is killed, or the machine has no room."""

import csv
import functools
import json
import os
import resource
import shutil
import time
from pathlib import Path

import in_process
import numpy as np
import pytest
import tensorflow as tf
from commands import bad, good, run, start
from tensorflow.python.framework import config

import mpvn
from mpvn.benchmarks.support import processes

ROOT = Path(__file__).parents[2]
VIDEOS = os.environ.get("MPVN_TEST_VIDEOS")
TINY = [
    "walkers.num_frames = 12",
    "walkers.size = 32",
    "walkers.num_train = 24",
    "walkers.num_validation = 12",
    "walkers.num_test = 12",
    "simple_cnn.width = 0.1",
    "train.batch_size = 4",
    "train.report_every = 2",
    "train.validation_clips = 4",
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    params = [*TINY, f'walkers.data_dir = "{data}"']
    return ["--gin_file=gin_configs/mpvn/simple_cnn_walkers.gin", *(f"--gin_param={p}" for p in params)]


@pytest.fixture(scope="module")
def trained(settings, tmp_path_factory):
    """A run of 4 steps."""
    folder = tmp_path_factory.mktemp("runs") / "trained"
    good("mpvn.train", *settings, "--gin_param=train.steps=4", f"--model_dir={folder}")
    return folder


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    from mpvn.data.files.writer import VideoWriter

    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    with VideoWriter(path, 25, (48, 64)) as writer:
        for value in np.linspace(0, 255, 20):
            writer.write(np.full((48, 64, 3), value, np.uint8))
    return path


def test_a_run_is_exported_and_streamed_in_other_runtimes(trained, clip, tmp_path):
    bundle, said = tmp_path / "bundle", {}
    out = good(
        "mpvn.export", f"--model_dir={trained}", f"--output={bundle}", "--formats=litert,onnx", f"--check={clip}"
    )
    assert [line.split()[:2] for line in out.splitlines()[1:3]] == [["litert", "float32"], ["onnx", "float32"]]
    assert "already exists" in bad("mpvn.export", f"--model_dir={trained}", f"--output={bundle}")
    where = {"run": [f"--model_dir={trained}"], "litert": [f"--bundle={bundle}"]}
    where["onnxruntime"] = [f"--bundle={bundle}", "--engine=onnxruntime", "--threads=1"]
    for name, flags in where.items():
        labels, output = tmp_path / f"{name}.jsonl", tmp_path / f"{name}.mp4"
        good("mpvn.stream_video", *flags, f"--video={clip}", f"--labels={labels}", f"--output={output}")
        said[name] = [json.loads(line) for line in labels.read_text().splitlines()]
        assert output.stat().st_size > 1000
    for name in ("litert", "onnxruntime"):
        assert len(said[name]) == len(said["run"]) > 10
        for found, expected in zip(said[name], said["run"], strict=True):
            assert (found["tick"], found["valid"]) == (expected["tick"], expected["valid"])
            for one, other in zip(found["top"], expected["top"], strict=True):
                assert one["probability"] == pytest.approx(other["probability"], abs=1e-4)
    good("mpvn.evaluate", f"--model_dir={trained}", f"--bundle={bundle}", f"--output={tmp_path}/evaluation.json")
    networks = json.loads((tmp_path / "evaluation.json").read_text())["networks"]
    assert networks["as exported, in LiteRT"] == pytest.approx(networks["as trained"], rel=1e-4)
    far = [f"--model_dir={trained}", f"--output={tmp_path}/far", "--formats=onnx", "--max_error=0"]
    code, _, err = run("mpvn.export", *far)
    assert code == 1 and "differ from the network's" in err and not (tmp_path / "far").exists()


def test_recalibration_after_training_and_in_evaluation(settings, tmp_path):
    few = ["--gin_param=simple_cnn.normalize=True", "--gin_param=train.steps=2", f"--model_dir={tmp_path}/run"]
    good("mpvn.train", *settings, *few, "--gin_param=train.recalibration_clips=24")
    good("mpvn.evaluate", f"--model_dir={tmp_path}/run", "--recalibrate=24", "--batch_size=4")
    networks = json.loads((tmp_path / "run/evaluation_test.json").read_text())["networks"]
    assert list(networks) == ["as trained", "sequential", "as trained, recalibrated", "sequential, recalibrated"]
    # The run was left with these averages, of its own schedule.
    assert networks["as trained, recalibrated"] == pytest.approx(networks["as trained"], abs=1e-5)
    assert networks["sequential, recalibrated"]["loss"] != pytest.approx(networks["sequential"]["loss"], abs=1e-5)
    line = bad("mpvn.train", *settings, f"--model_dir={tmp_path}/none", "--gin_param=train.recalibration_clips=8")
    assert "no trainable batch normalisation" in line and not (tmp_path / "none" / "metrics.jsonl").exists()


def test_int8_takes_its_ranges_from_the_run(trained, tmp_path):
    few = [f"--model_dir={trained}", "--precision=int8", "--formats=onnx", "--calibration_frames=8"]
    assert "int8" in good("mpvn.export", *few, f"--output={tmp_path}/bundle")
    assert "frames of shape [32, 32, 3]" in bad(
        "mpvn.evaluate", f"--model_dir={trained}", "--gin_param=walkers.size = 24", f"--bundle={tmp_path}/bundle"
    )


@pytest.mark.parametrize("name", ["mpvn/simple_cnn_walkers", "sideways/autoencoder_moving_objects"])
def test_the_network_of_a_gin_file_is_exported(name, tmp_path):
    base = "autoencoder" if "autoencoder" in name else "simple_cnn"
    small = [f"--gin_param={base}.width=0.0625"]
    out = good("mpvn.export", f"--gin_file=gin_configs/{name}.gin", *small, f"--output={tmp_path}/b", "--formats=onnx")
    assert "onnx" in out and mpvn.Runtime(tmp_path / "b").manifest.hyper_period == 1


def metrics(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_training_fills_the_run_folder(trained):
    names = {path.name for path in trained.iterdir()}
    assert {
        "operative_config.gin",
        "schedule.csv",
        "schedule.png",
        "metrics.jsonl",
        "checkpoints",
        "train",
        "validation",
    } <= names
    assert [row["step"] for row in metrics(trained)] == [2, 4]
    for row in metrics(trained):
        assert 0 < row["loss"] < 10 and 0 <= row["accuracy"] <= 1 and 0 < row["val_loss"] < 10
        assert row["steps_per_second"] > 0
    rows = list(csv.DictReader((trained / "schedule.csv").read_text().splitlines()))
    assert len(rows) == 6 and "train.steps = 4" in (trained / "operative_config.gin").read_text()


def test_a_teacher_is_trained_first_and_kept(settings, tmp_path):
    file = "--gin_file=gin_configs/mpvn/par_inception_distilled_walkers.gin"
    small = [s for s in settings if "gin_file" not in s]
    small += [f"--gin_param={p}" for p in ("network.base=@simple_cnn", "student/network.num_subnetworks=6")]
    folder = tmp_path / "run"
    flags = [file, *small, "--gin_param=train.steps=4", "--gin_param=train.teacher_steps=2", f"--model_dir={folder}"]
    good("mpvn.train", *flags)
    assert [row["step"] for row in metrics(folder / "teacher")] == [2]
    assert [row["step"] for row in metrics(folder)] == [2, 4]
    assert all(0 < row["mismatch"] < row["loss"] for row in metrics(folder))
    assert "mismatch" not in metrics(folder / "teacher")[0]
    for made, count in ((folder, 6), (folder / "teacher", 1)):
        good("mpvn.evaluate", f"--model_dir={made}")
        rows = (made / "schedule.csv").read_text().splitlines()[1:]
        assert len({row.split(",")[1] for row in rows}) == count
    # What is finished is not run again.
    assert "resuming" in good("mpvn.train", *flags)


def test_events_hold_scalars_pictures_and_texts(trained):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    tags = {}
    for split in ("train", "validation"):
        events = EventAccumulator(str(trained / split))
        events.Reload()
        tags[split] = set(events.Tags()["tensors"])
    trained_on = {"schedule", "schedule_table", "settings", "loss", "accuracy", "learning_rate", "steps_per_second"}
    assert trained_on <= tags["train"]
    assert tags["validation"] == {"predictions", "loss", "accuracy"}  # the same names: one chart


def test_a_killed_run_resumes_as_if_nothing_had_happened(tmp_path, monkeypatch):
    # What is killed is a process; what is left alone, and what goes on at last, are none.
    monkeypatch.setattr("mpvn.benchmarks.resuming.call", functools.partial(in_process.call, compiled=True))
    good("mpvn.benchmark", "--suite=resuming", "--kills=1", f"--output_dir={tmp_path}")
    with open(tmp_path / "resuming.csv") as file:
        (row,) = csv.DictReader(file)
    assert row["ended otherwise"] == row["damaged checkpoints"] == row["reports that differ"] == "0"
    assert row["loss at the end"] == row["undisturbed"]
    assert int(row["of them with progress"]) > 0


def test_a_deterministic_run_gives_the_same_bits_and_leaves_nothing_behind(settings, tmp_path):
    flags = [*settings, "--gin_param=train.steps=2", "--gin_param=train.deterministic=True"]
    losses = []
    for name in ("one", "other"):
        good("mpvn.train", *flags, f"--model_dir={tmp_path / name}")
        losses.append([(row["loss"], row["val_loss"]) for row in metrics(tmp_path / name)])
    assert losses[0] == losses[1] and len(losses[0]) == 1
    assert not config.is_op_determinism_enabled()


def test_a_run_ends_when_it_is_asked_to(settings, tmp_path):
    process = start("mpvn.train", *settings, "--gin_param=train.steps=8000", f"--model_dir={tmp_path / 'run'}")
    until = time.time() + 240
    while not (tmp_path / "run" / "metrics.jsonl").exists():
        assert process.poll() is None and time.time() < until
        time.sleep(0.05)
    process.terminate()
    _, err = process.communicate(timeout=60)
    lines = [line for line in err.splitlines() if line.strip()]
    assert process.returncode == 143 and len(lines) == 1 and "asked to end; step" in lines[0], err
    assert lines[0].split("step ")[1].startswith(tuple("123456789"))


def test_ctrl_c_is_one_line(settings, tmp_path, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt  # what Python makes of Ctrl-C

    monkeypatch.setattr("mpvn.runs.training.Checkpoints.restore", interrupted)
    code, _, err = run("mpvn.train", *settings, f"--model_dir={tmp_path / 'run'}")
    assert (code, err) == (130, "interrupted\n")


def test_evaluation_compares_with_the_sequential_network(trained):
    out = good("mpvn.evaluate", f"--model_dir={trained}")
    assert "as trained: accuracy" in out and "sequential: accuracy" in out
    summary = json.loads((trained / "evaluation_test.json").read_text())
    assert summary["first_tick"] == 5 and summary["step"] == 4
    assert {r["clips"] for r in summary["networks"].values()} == {12}
    assert summary["networks"]["as trained"]["loss"] != summary["networks"]["sequential"]["loss"]
    for name, result in summary["networks"].items():
        assert 0 <= result["accuracy"] <= 1 and f"{name}: accuracy {result['accuracy']:.4f}" in out


def test_evaluation_says_what_is_taken_for_what(trained):
    """Beside the numbers, and for TensorBoard; the evaluation is that of the test before."""
    measures = json.loads((trained / "evaluation_test.json").read_text())["networks"]["as trained"]
    assert measures["top-1"] == measures["accuracy"] <= measures["top-5"]
    with open(trained / "evaluation_test_classes.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(int(row["videos"]) for row in rows) == measures["clips"]
    right = sum(int(row["videos"]) * float(row["right"]) for row in rows)
    assert right == pytest.approx(measures["clips"] * measures["top-1"], abs=0.05)
    assert (trained / "evaluation_test_confusion.png").stat().st_size > 1000
    events = [e for path in trained.rglob("events.out*") for e in tf.compat.v1.train.summary_iterator(str(path))]
    assert {"evaluation/test top-1", "evaluation/test confusion"} <= {v.tag for e in events for v in e.summary.value}


def test_the_same_weights_are_evaluated_in_another_schedule(trained, tmp_path):
    path = tmp_path / "other.json"
    good("mpvn.evaluate", f"--model_dir={trained}", "--gin_param=network.num_subnetworks=1", f"--output={path}")
    networks = json.loads(path.read_text())["networks"]
    assert networks["as trained"] == networks["sequential"]


def test_streaming_writes_an_annotated_video(trained, clip, tmp_path):
    from mpvn.data.files.reader import VideoReader

    output = tmp_path / "out.mp4"
    out = good("mpvn.stream_video", f"--video={clip}", f"--model_dir={trained}", f"--output={output}")
    assert "20 frames" in out and "frame 0  warming up" in out
    with VideoReader(output) as reader:
        frames = np.stack(list(reader))
    assert frames.shape == (20, 48, 64, 3)
    brightness = frames.mean((1, 2, 3))
    assert np.all(np.diff(brightness[5:]) > 0) and brightness[-1] > 150  # the video's own frames, under the words


def test_a_keras_file_is_streamed(trained, clip, tmp_path):
    network, file, labels = mpvn.load(trained), tmp_path / "net.keras", tmp_path / "labels.jsonl"
    network.save(file)
    flags = [f"--video={clip}", f"--model_dir={file}"]
    assert "20 frames" in good("mpvn.stream_video", *flags, f"--labels={labels}")
    last = json.loads(labels.read_text().splitlines()[-1])
    outputs = [out.output for out in mpvn.stream(clip, network)]
    assert last["valid"] and last["top"][0]["label"] == str(outputs[-1].argmax())
    assert "leave them out" in bad("mpvn.stream_video", *flags, "--gin_param=train.seed=1")
    assert "leave it out" in bad("mpvn.stream_video", f"--video={clip}", f"--model_dir={trained}", "--preprocessing=tf")


def test_in_real_time_the_output_keeps_time(trained, clip, tmp_path):
    from mpvn.data.files.reader import count_frames

    output = tmp_path / "out.mp4"
    out = good("mpvn.stream_video", f"--video={clip}", f"--model_dir={trained}", f"--output={output}", "--realtime")
    assert "frames dropped" in out and abs(count_frames(output) - 20) <= 2


def test_several_videos_are_streamed_in_one_call(trained, clip, tmp_path):
    for name in ("a/one.mp4", "b/one.mp4"):
        (tmp_path / "clips" / name).parent.mkdir(parents=True)
        shutil.copy(clip, tmp_path / "clips" / name)
    (tmp_path / "clips/b/two.mp4").write_text("no video")
    labels, made = tmp_path / "labels.jsonl", tmp_path / "made"
    flags = [f"--model_dir={trained}", f"--output={made}", f"--labels={labels}"]
    code, out, err = run("mpvn.stream_video", f"--video={tmp_path / 'clips'}", *flags)
    assert code == 2 and "1 of 3 videos" in err and "two.mp4 is not a readable video" in out
    assert "2 videos streamed: one.mp4, one.mp4" in out
    assert {str(path.relative_to(made)) for path in made.rglob("*.*")} == {"a/one.mp4", "b/one.mp4"}
    rows = [json.loads(line) for line in labels.read_text().splitlines()]
    assert [row["tick"] for row in rows] == 2 * list(range(20))
    assert [row["valid"] for row in rows] == 2 * [tick >= 5 for tick in range(20)]
    assert [row["time"] for row in rows[:20]] == pytest.approx([tick / 25 for tick in range(20)])
    # Every video begins anew, at the same phase.
    assert [row["top"] for row in rows[:20]] == [row["top"] for row in rows[20:]] and len(rows[5]["top"]) == 5


def test_what_is_streamed_is_not_written_over(trained, clip, tmp_path):
    before = clip.read_bytes()
    os.symlink(clip, tmp_path / "link.mp4")
    flags = [f"--video={clip}", f"--model_dir={trained}"]
    for output in (clip, clip.parent / "." / ".." / clip.parent.name / clip.name, tmp_path / "link.mp4", clip.parent):
        several = [f"--video={clip.parent}"] if output == clip.parent else []
        assert "would overwrite" in bad("mpvn.stream_video", *flags[len(several) :], *several, f"--output={output}")
    assert "already exists" in bad("mpvn.stream_video", *flags, f"--labels={trained / 'metrics.jsonl'}")
    assert "give a folder" in bad("mpvn.stream_video", *flags, f"--video={clip}", f"--output={tmp_path / 'one.mp4'}")
    assert clip.read_bytes() == before and len(metrics(trained)) == 2


@pytest.mark.skipif(not VIDEOS, reason="MPVN_TEST_VIDEOS names no folder of real clips")
def test_a_damaged_video_keeps_what_came_before(trained, tmp_path):
    from mpvn.data.files.reader import count_frames

    output = tmp_path / "out.mp4"
    line = bad("mpvn.stream_video", f"--video={VIDEOS}/corrupted.mp4", f"--model_dir={trained}", f"--output={output}")
    assert "corrupted.mp4" in line and "last good frame is 27" in line
    assert count_frames(output) == 1 + int(2.7 * 25)  # up to that one, at the rate of training


def test_benchmarks_run_everything_that_is_scheduled(tmp_path, monkeypatch):
    monkeypatch.setattr("mpvn.benchmarks.throughput.measure", in_process.measure)
    # A small one of a user's; those of the papers are measured where Table 2 is made.
    mpvn.networks.simple_cnn(num_classes=3, input_shape=(32, 32, 3), width=0.1).save(tmp_path / "small.keras")
    small = [f"--networks={tmp_path / 'small.keras'}", "--threads=1:2", "--repeats=1"]
    good("mpvn.benchmark", "--suite=throughput", *small, "--subnetworks=1,6", f"--output_dir={tmp_path}")
    assert (tmp_path / "throughput.png").exists()
    with open(tmp_path / "throughput.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = [row["convolutions in graph"].split(" of ") for row in rows]
    assert len(counts) == 6 and all(found == expected for found, expected in counts)
    # One row leaves dead executions out, and says so; what skips frames in place of it stands below.
    assert [row["runs"] for row in rows] == ["scheduled"] * 4 + ["live", "scheduled"]
    assert rows[-1]["clocks"] == "every 4th frame" and int(counts[4][0]) < int(counts[3][0])
    assert "| step, frames/s |" in (tmp_path / "throughput_short.md").read_text()


def test_devices_are_predicted_and_checked(tmp_path, monkeypatch):
    def of(function, *threads, **settings):
        where = in_process if function == "unit_costs" else processes  # the others connect to workers
        return where.measure(function, *threads, **settings)

    monkeypatch.setattr("sideways_tf.benchmarks.devices.measure", of)
    small = ["--networks=simple_cnn", "--sizes=16", "--width=0.1", "--repeats=1", "--batch=1", "--frames=16"]
    good("mpvn.benchmark", "--suite=devices", *small, "--link=1e-6:1e10", f"--output_dir={tmp_path}")
    names = {path.name for path in tmp_path.iterdir()}
    assert {"devices.csv", "devices.png", "devices_check.csv", "devices_papers.csv"} <= names
    with open(tmp_path / "devices_check.csv") as file:
        rows = list(csv.DictReader(file))
    assert [(row["what"], row["workers"]) for row in rows] == [
        (what, workers) for what in ("Sideways training", "inference") for workers in "12"
    ]
    assert all(float(row["ticks/s"]) > 0 and row["off by"].endswith("%") for row in rows)
    with open(tmp_path / "devices.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["devices"] for row in rows] == ["1", "2", "4", "8", "16", "32", "64"]
    # One device is one device, whatever it is called; more of them are never slower here.
    assert rows[0]["Sideways"] == rows[0]["blocking"] == rows[0]["data parallel"]
    assert float(rows[1]["Sideways"]) > float(rows[0]["Sideways"])


def test_what_ticks_cost_is_counted(tmp_path):
    small = ["--networks=par_inception", "--sizes=32", "--width=0.05", "--subnetworks=1,5"]
    out = good("mpvn.benchmark", "--suite=phases", *small, f"--output_dir={tmp_path}")
    assert "level" in out
    rows = [line.split(",") for line in (tmp_path / "phases.csv").read_text().splitlines()[1:]]
    assert [row[2:4] for row in rows] == [["5", "zero"], ["5", "staggered"], ["5", "level"]]
    mean, dearest = [[float(row[column]) for row in rows] for column in (4, 5)]
    assert mean[0] == mean[1] == mean[2] > 0 and dearest[0] > dearest[2] >= mean[2]


COMMANDS = ("train", "evaluate", "export", "stream_video", "worker", "benchmark", "reproduce", "demo")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_explains_the_flags(name):
    out = good(f"mpvn.{name}", "--help")
    assert "--gin_file: A gin file with settings" in out and len(out.splitlines()) > 4
    assert all(len(line) > 20 for line in out.splitlines() if line.startswith("  --"))


def test_help_of_a_process_is_that_of_a_call():
    assert good("mpvn.train", "--help", process=True) == good("mpvn.train", "--help")


def test_commands_of_one_process_share_no_flags(tmp_path):
    """Both have --model_dir and one has --cluster; each call has values of its own."""
    assert "'nowhere'" in bad("mpvn.evaluate", "--model_dir=nowhere", "--batch_size=2")
    assert "--model_dir is missing" in bad("mpvn.evaluate", "--batch_size=2")
    assert "cluster" in bad("mpvn.evaluate", "--cluster=a:1", "--model_dir=nowhere")
    assert "'a'" in bad("mpvn.train", "--cluster=a", f"--model_dir={tmp_path}")


@pytest.mark.parametrize(
    ("module", "arguments", "words"),
    [
        ("mpvn.train", ["--modeldir=x"], ["modeldir"]),
        ("mpvn.train", [], ["--model_dir"]),
        ("mpvn.train", ["--model_dir=x", "steps"], ["'steps'", "--flag=value"]),
        ("mpvn.train", ["--model_dir=x", "--gin_file=nowhere.gin"], ["nowhere.gin"]),
        ("mpvn.evaluate", ["--batch_size=0", "--model_dir=x"], ["batch_size"]),
        ("mpvn.worker", ["--port=0"], ["port"]),
        ("mpvn.worker", ["--port=5000", "--host=localhost"], ["localhost", "127.0.0.1"]),
        ("mpvn.benchmark", [], ["--suite", "throughput"]),
        ("mpvn.benchmark", ["--suite=speed"], ["speed", "throughput"]),
        ("mpvn.stream_video", ["--video=nowhere.mp4", "--model_dir=x"], ["nowhere.mp4"]),
        ("mpvn.stream_video", ["--video=x.mp4"], ["--model_dir", "--bundle"]),
        ("mpvn.stream_video", ["--video=x.mp4", "--model_dir=x", "--bundle=y"], ["expected either"]),
        ("mpvn.stream_video", ["--video=x.mp4", "--model_dir=x", "--engine=litert"], ["--engine", "--bundle"]),
        ("mpvn.stream_video", ["--video=x.mp4", "--bundle=x", "--gin_param=a=1"], ["--gin_param", "--model_dir"]),
        ("mpvn.export", ["--model_dir=nowhere", "--output=x"], ["'nowhere'"]),
        ("mpvn.export", ["--model_dir=nowhere"], ["--output"]),
        ("mpvn.export", ["--output=x"], ["--model_dir", "--gin_file"]),
        ("mpvn.evaluate", ["--model_dir=nowhere", "--engine=litert"], ["nowhere"]),
        ("mpvn.export", ["--model_dir=x", "--output=y", "--formats=tflite"], ["formats", "litert"]),
        ("mpvn.export", ["--model_dir=x", "--output=y", "--precision=int8"], ["calibration"]),
        ("mpvn.export", ["--model_dir=x", "--output=y", "--calibration=z"], ["--precision=int8"]),
        ("mpvn.export", ["--model_dir=x", "--output=."], ["already exists"]),
        ("mpvn.stream_video", ["--video=camera:0", "--model_dir=x", "--patience=0"], ["patience"]),
        ("mpvn.evaluate", ["--model_dir=nowhere"], ["nowhere"]),
        ("mpvn.benchmark", ["--suite=throughput", "--networks=resnet"], ["resnet", "par_densenet"]),
        ("mpvn.benchmark", ["--suite=memory", "--networks=par_densenet"], ["par_densenet", "simple_cnn"]),
        ("mpvn.benchmark", ["--suite=memory", "--rounds=2"], ["--rounds", "memory", "sizes"]),
        ("mpvn.benchmark", ["--suite=devices", "--link=fast"], ["fast", "latency:bandwidth"]),
        ("mpvn.benchmark", ["--suite=devices", "--link=1:2", "--sizes=32,64"], ["32,64", "one size"]),
        ("mpvn.benchmark", ["--suite=phases", "--sizes=0"], ["sizes=0"]),
        ("mpvn.benchmark", ["--suite=streaming", "--threads=1"], ["threads=1", "intra:inter"]),
        ("mpvn.benchmark", ["--suite=phases", "--subnetworks=5"], ["subnetworks=5", "begin with 1"]),
        ("mpvn.benchmark", ["--suite=resuming", "--phases=zero"], ["--phases", "resuming", "kills"]),
        ("mpvn.benchmark", ["--suite=phases", "--gin_param=train.steps=1"], ["--gin_param", "not read"]),
        ("mpvn.stream_video", ["--video=a\0b.mp4", "--model_dir=x"], ["--video", "null"]),
        ("mpvn.demo", ["--model_dir=nowhere://x"], ["--model_dir=nowhere://x", "path on this machine"]),
        (
            "mpvn.stream_video",
            ["--video=a.mp4", "--output=a", "--output=b", "--model_dir=x"],
            ["--output is given twice"],
        ),
        ("mpvn.evaluate", ["--model_dir=x", "--nostreaming", "--streaming"], ["--streaming is given twice"]),
        ("mpvn.evaluate", ["--model_dir=~/nothing/there"], [os.path.expanduser("~/nothing/there"), "no run"]),
        ("mpvn.benchmark", ["--suite=phases", "--output_dir=gs://bucket/x"], ["gs://bucket/x", "this machine"]),
    ],
)
def test_bad_flags_are_one_line(module, arguments, words):
    line = bad(module, *arguments)
    assert all(word in line for word in words), line


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (["train.nonsense = 1"], ["train", "nonsense"]),
        (["network.num_subnetworks = 0"], ["num_subnetworks=0"]),
        (["network.num_subnetworks = 7"], ["7", "6 units"]),
        (["walkers.num_frames = 5"], ["5 frames", "6"]),
        (['network.clocks = {"conv2": 2, "conv3": 3}'], ["conv3", "multiple"]),
        (["train.data = @video_files", 'video_files.root = "nowhere"'], ["nowhere"]),
    ],
)
def test_bad_settings_are_one_line(settings, tmp_path, params, words):
    line = bad("mpvn.train", *settings, *(f"--gin_param={p}" for p in params), f"--model_dir={tmp_path / 'run'}")
    assert all(word in line for word in words), line


def test_a_video_shorter_than_the_clip_is_named(clip, tmp_path):
    for name in ("one", "two"):
        (tmp_path / "videos" / name).mkdir(parents=True)
        (tmp_path / "videos" / name / "short.mp4").write_bytes(clip.read_bytes())
    params = [
        "train.data = @video_files",
        f'video_files.root = "{tmp_path / "videos"}"',
        'video_files.layout = "class_folders"',
        f'video_files.test_root = "{tmp_path / "videos"}"',
        "video_files.allow_shared_videos = True",
        "video_files.num_frames = 24",
        "video_files.size = 32",
        'video_files.short = "error"',
        "train.steps = 2",
        "train.batch_size = 2",
        "simple_cnn.width = 0.1",
    ]
    folder = tmp_path / "run"
    arguments = ["--gin_file=gin_configs/mpvn/simple_cnn_ucf101.gin", *(f"--gin_param={p}" for p in params)]
    # A process of its own: threads still read videos when it leaves, and Python would wait for them.
    line = bad("mpvn.train", *arguments, f"--model_dir={folder}", process=True)
    assert "short.mp4" in line and "20" in line and "24" in line, line
    # Filled up, the same videos can be trained on, and one that cannot be read is left out and named.
    (tmp_path / "videos/one/empty.mp4").touch()
    loop = '--gin_param=video_files.short = "loop"'
    good("mpvn.train", *arguments, loop, f"--model_dir={folder}")
    assert "videos/one/empty.mp4" in (folder / "skipped.csv").read_text()
    (folder / "skipped.csv").unlink()
    good("mpvn.evaluate", f"--model_dir={folder}")
    assert "videos/one/empty.mp4" in (folder / "skipped.csv").read_text()
    line = bad("mpvn.train", *arguments, loop, "--gin_param=video_files.max_skipped = 0", f"--model_dir={tmp_path}/new")
    assert "empty.mp4" in line and "max_skipped" in line
    assert not list((tmp_path / "new").iterdir())


def test_a_checkpoint_of_another_network_changes_nothing(settings, trained):
    before = (trained / "operative_config.gin").read_text()
    line = bad("mpvn.train", *settings, "--gin_param=simple_cnn.width = 0.2", f"--model_dir={trained}")
    assert "does not fit" in line and "simple_cnn" in line
    assert (trained / "operative_config.gin").read_text() == before
    assert [row["step"] for row in metrics(trained)] == [2, 4]


def test_a_folder_that_cannot_be_written_to_is_one_line(settings):
    assert "/proc/run" in bad("mpvn.train", *settings, "--model_dir=/proc/run")


def test_a_full_disk_keeps_the_last_checkpoint(settings, tmp_path):
    """A limit on the size of files stands for the disk: the second checkpoint does not fit."""
    folder = tmp_path / "run"
    good("mpvn.train", *settings, "--gin_param=train.steps=2", f"--model_dir={folder}")
    saved = sorted(p.name for p in (folder / "checkpoints").iterdir())

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    flags = [*settings, "--gin_param=train.steps=4", f"--model_dir={folder}"]
    line = bad("mpvn.train", *flags, process=True, preexec_fn=limit)
    assert "kept" in line
    assert set(saved) <= {p.name for p in (folder / "checkpoints").iterdir()}
    # With room again, the same command goes on.
    good("mpvn.train", *flags)
    assert [row["step"] for row in metrics(folder)] == [2, 4]
