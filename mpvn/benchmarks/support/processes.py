"""Work in separate processes, such as a measurement with its threads."""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from mpvn.errors import InputError

PROBE = "mpvn.benchmarks.support.probe"
IN = " (in python -m "  # between an error and the command line of its process


def measure(
    function: str, intra: int, inter: int, module: str = "mpvn.benchmarks.support.measurements", **settings: Any
) -> dict:
    """Calls a function in a process with threads of its own, and returns what it measured.

    Args:
        function: name of the function.
        intra: threads within an operation; 0 for TensorFlow's own choice.
        inter: threads across operations; 0 for TensorFlow's own choice.
        module: the module that defines the function.
        **settings: arguments of the function.

    Raises:
        InputError: the process failed; the message holds its last line.
    """
    task = {"module": module, "function": function, "intra": intra, "inter": inter, "settings": settings}
    return json.loads(call(PROBE, f"--task={json.dumps(task)}").splitlines()[-1])


def call(module: str, *arguments: str, **environment: str) -> str:
    """Runs a module in a separate process, quietly, and returns what it printed.

    Args:
        module: the module to run.
        *arguments: of its command line.
        **environment: variables beside those of this process.

    Raises:
        InputError: the process failed; the message holds its last line.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | environment,
    )
    if done.returncode:
        words = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise failure(module, arguments, words)
    return done.stdout.strip()


def failure(module: str, arguments: Sequence[str], words: str) -> InputError:
    """The error of a process: what went wrong, and the command line in which."""
    return InputError(f"{words.removeprefix('error: ')}{IN}{module} {shlex.join(arguments)})")


def timed(run: Callable[[], Any], repeats: int) -> list[float]:
    """Seconds that each of `repeats` calls takes."""
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return seconds
