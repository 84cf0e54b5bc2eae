"""Suites on bundles, small: what is measured in processes of their own is measured in this one."""

import importlib
import json

import pytest
from commands import bad, good

import mpvn
from mpvn.benchmarks import deployment, precision
from mpvn.benchmarks.deployment import Row

BITS = ("float32", "float16", "int8")


@pytest.fixture(autouse=True)
def here(monkeypatch):
    def call(module, folder, engine, threads, streams, seconds):
        found = importlib.import_module(module).main(folder, engine, int(threads), int(streams), 0.01)
        return f"what a runtime says\n{json.dumps(found)}"

    monkeypatch.setattr("mpvn.benchmarks.support.bundles.call", call)


def test_ways_to_run_a_network(monkeypatch, tmp_path):
    def three(base, subnetworks):
        sequential = base.parallel(1)
        return [
            Row("sequential", sequential),
            Row("side by side", sequential, streams=2),
            Row("workers", base.parallel(2, clocks=2), workers=2),
        ]

    monkeypatch.setattr(deployment, "ways", three)
    rows = deployment.run(["simple_cnn"], [16], 1 / 16, rounds=1, engines=["onnxruntime"])
    found = {(row["threads"], row["way"]): row for row in rows}
    assert list(found) == [(1, "sequential"), (2, "sequential"), (2, "side by side"), (2, "workers")]
    for (_, way), row in found.items():
        if way == "sequential":
            assert row["to its sequential"] == 1 and row["live executions"][0] == row["live executions"][1]
        assert 0 < row["step, ms"] <= row["worst step, ms"] and row["load, s"] > 0 and row["on disk, MB"] > 0
        assert row["network"] == "simple_cnn, 16 px" and row["engine"] == "onnxruntime"
    assert found[2, "workers"]["chunk, frames/s"] == found[2, "workers"]["step, frames/s"]  # it has no chunks


def test_the_ways_are_those_that_users_choose_among():
    rows = {row.name: row for row in deployment.ways(mpvn.networks.simple_cnn(3, (32, 32, 3), 1 / 16), 4)}
    assert list(rows)[0] == "sequential"
    for name, period in (("every 2nd frame", 2), ("every 4th frame", 4), ("every 8th frame", 8)):
        assert rows[name].network.schedule.hyper_period == period
    for name in ("halving clocks, shift", "halving clocks, filters"):
        schedule = rows[name].network.schedule
        assert len(schedule.live) == sum(schedule.executions(schedule.hyper_period).values())


def test_precisions_of_a_run(tmp_path):
    settings = ["simple_cnn.width = 0.0625", "walkers.size = 16", "walkers.num_frames = 8", "walkers.num_train = 8"]
    settings += ["walkers.num_validation = 4", "walkers.num_test = 8", "train.steps = 1", "train.batch_size = 4"]
    given = ["--gin_file=gin_configs/mpvn/simple_cnn_walkers.gin", *(f"--gin_param={line}" for line in settings)]
    good("mpvn.train", *given, f"--model_dir={tmp_path}/run")
    rows = precision.run([str(tmp_path / "run")], [], engines=["onnxruntime", "litert"], rounds=1)
    found = {(row["engine"], row["precision"]): row for row in rows}
    assert set(found) == {(engine, bits) for engine in ("litert", "onnxruntime") for bits in BITS}
    for (_, bits), row in found.items():
        assert 0 <= row["accuracy"] <= 1 and row["loss"] == pytest.approx(found["litert", "float32"]["loss"], rel=0.2)
        assert row["error / spread"] < (1e-4 if bits == "float32" else 0.5) and row["frames/s"] > 0
    assert found["litert", "int8"]["on disk, MB"] < found["litert", "float32"]["on disk, MB"]


@pytest.mark.parametrize("suite", ["deployment", "precision"])
def test_unknown_engines_are_one_line(suite):
    assert "litert" in bad("mpvn.benchmark", f"--suite={suite}", "--engines=tflite")
