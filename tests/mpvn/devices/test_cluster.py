"""Subnetworks in other processes: the same numbers as in one, and what happens when a worker is lost."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from commands import bad, good

from mpvn.devices import cluster

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {**os.environ, "TF_DETERMINISTIC_OPS": "1", "TF_NUM_INTEROP_THREADS": "2", "TF_NUM_INTRAOP_THREADS": "1"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Worker:
    def __init__(self, port=None):
        self.port = port or free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mpvn.worker", f"--port={self.port}", "--threads=1"],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.words = self.process.stdout.readline()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


def command(data, folder, steps, *arguments):
    params = {
        "walkers.num_frames": 14,
        "walkers.size": 16,
        "walkers.num_train": 12,
        "walkers.num_validation": 0,
        "walkers.num_test": 12,
        "walkers.data_dir": f'"{data}"',
        "simple_cnn.width": 0.1,
        "train.batch_size": 2,
        "train.report_every": 4,
        "train.validation_clips": 0,
        "train.diagnostics": None,
        "train.decay": None,
        "train.steps": steps,
        "SidewaysModel.engine": '"ticked"',
    }
    given = [f"--gin_param={name}={value}" for name, value in params.items()]
    file = "--gin_file=gin_configs/sideways/simple_cnn_walkers.gin"
    return [file, *given, f"--model_dir={folder}", *arguments]


TRAIN = [sys.executable, "-m", "sideways_tf.train"]


def run(arguments):
    return subprocess.run([*TRAIN, *arguments], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)


def losses(folder):
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return {row["step"]: row["loss"] for row in rows}


def test_two_workers_train_as_one_process_and_a_lost_one_can_come_back(data, tmp_path):
    good("sideways_tf.train", *command(data, tmp_path / "alone", 60))

    workers = [Worker(), Worker()]
    try:
        assert all("this machine only" in worker.words and "no authentication" in worker.words for worker in workers)
        flag = f"--cluster={','.join(f'127.0.0.1:{worker.port}' for worker in workers)}"
        folder = tmp_path / "together"
        training = subprocess.Popen(
            [*TRAIN, *command(data, folder, 60, flag)], cwd=ROOT, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
        )
        metrics = folder / "metrics.jsonl"
        until = time.time() + 120
        while not (metrics.exists() and len(metrics.read_text().splitlines()) > 1) and time.time() < until:
            time.sleep(0.05)
        workers[1].kill()
        _, err = training.communicate(timeout=120)
        lines = [line for line in err.splitlines() if line.startswith("error: ")]
        assert training.returncode == 2 and len(lines) == 1, err
        assert f"127.0.0.1:{workers[1].port} is lost" in lines[0]
        assert max(losses(folder)) < 60

        gone = run(command(data, folder, 60, flag))
        assert gone.returncode == 2 and f"127.0.0.1:{workers[1].port} cannot be reached" in gone.stderr

        # A worker keeps what a coordinator left with it; both begin anew.
        workers[0].kill()
        workers = [Worker(worker.port) for worker in workers]
        again = run(command(data, folder, 60, flag))
        assert again.returncode == 0 and "resuming" in again.stdout, again.stderr
        for i in range(2):
            assert f"/job:worker/task:{i}/device:CPU:0" in again.stdout
    finally:
        for worker in workers:
            worker.kill()
    expected, found = losses(tmp_path / "alone"), losses(folder)
    assert expected.keys() == found.keys()
    assert max(abs(expected[step] - found[step]) for step in expected) < 1e-4


def test_workers_from_the_environment(monkeypatch):
    assert cluster.addresses(["a:1"]) == ["a:1"]
    assert cluster.addresses() == []
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["a:1", "b:2"]}, "task": {}}))
    assert cluster.addresses() == ["a:1", "b:2"]
    assert cluster.addresses(["c:3"]) == ["c:3"]


@pytest.mark.parametrize(
    ("given", "words"),
    [(["a"], ["'a'", "host:port"]), (["a:1", "a:1"], ["twice"]), (["a:b"], ["'a:b'"])],
)
def test_bad_addresses_are_one_line(given, words, one_line_error):
    one_line_error(lambda: cluster.addresses(given), *words)


def test_a_bad_environment_is_one_line(monkeypatch, one_line_error):
    monkeypatch.setenv("TF_CONFIG", "{}")
    one_line_error(cluster.addresses, "TF_CONFIG", "unset")


def test_a_worker_that_is_not_there_is_one_line(one_line_error):
    port = free_port()
    one_line_error(lambda: cluster.connect([f"127.0.0.1:{port}"], 1.0), f"127.0.0.1:{port}", "python -m mpvn.worker")


def test_a_port_that_is_taken_is_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = bad("mpvn.worker", f"--port={port}")
    assert f"port {port} cannot be used" in line and "another --port" in line
