"""The process in which one setting is measured: what it is told, and what it refuses."""

import json

import pytest
from commands import bad

from mpvn.benchmarks.support import processes

TASK = {"module": "math", "function": "hypot", "intra": 1, "inter": 1, "settings": {}}


@pytest.mark.parametrize(
    "task",
    ["", "x", "{}", "[]", "3", json.dumps({**TASK, "settings": 3}), json.dumps({**TASK, "intra": "1"})],
)
def test_without_a_proper_task_it_refuses_in_one_line(task):
    line = bad(processes.PROBE, f"--task={task}")
    assert "task" in line and "mpvn.benchmark" in line


def test_started_by_hand_it_refuses_before_tensorflow_starts():
    assert "--task is missing" in bad(processes.PROBE, process=True)


def test_a_function_is_called_with_threads_of_its_own():
    module = "tensorflow.config.threading"
    for function, threads in (("get_intra_op_parallelism_threads", 1), ("get_inter_op_parallelism_threads", 3)):
        assert processes.measure(function, 1, 3, module) == threads


def test_an_error_carries_the_last_words(one_line_error):
    network = {"network": "simple_cnn", "size": 16, "width": 0.05, "num_subnetworks": 99, "clocks": None}
    failing = lambda: processes.measure("memory", 1, 1, marks=[1], **network)  # noqa: E731
    one_line_error(failing, "num_subnetworks=99", "(in python -m mpvn.benchmarks.support.probe")


def test_every_call_is_timed():
    calls = []
    assert len(processes.timed(lambda: calls.append(1), 3)) == len(calls) == 3
