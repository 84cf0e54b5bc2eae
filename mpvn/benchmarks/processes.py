"""Work in processes of their own, such as a measurement with its threads."""

import json
import os
import subprocess
import sys
import time

from mpvn.errors import InputError


def measure(kind: str, intra: int, inter: int, worker: str = "mpvn.benchmarks.probe", **settings) -> dict:
    """Runs a worker and returns what it measured.

    Args:
        kind: name of a function of the worker.
        intra: threads within an operation.
        inter: threads across operations.
        worker: module that is run; it ends with `serve`.
        **settings: arguments of that function.

    Raises:
        InputError: the process failed; the line carries its last words.
    """
    task = json.dumps({"kind": kind, "intra": intra, "inter": inter, "settings": settings})
    return json.loads(call(worker, task).splitlines()[-1])


def call(module: str, *arguments: str, **environment: str) -> str:
    """Runs a module in a process of its own, quietly, and returns what it printed.

    Args:
        module: that is run.
        *arguments: of its command line.
        **environment: variables beside those of this process.

    Raises:
        InputError: the process failed; the line carries its last words.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | environment,
    )
    if done.returncode:
        words = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"{module} {' '.join(arguments)} failed: {words.removeprefix('error: ')}")
    return done.stdout.strip()


def serve(*functions) -> None:
    """What a worker does: one of its functions, with the threads it was told, and its result as a line of JSON."""
    import numpy as np
    import tensorflow as tf

    task = json.loads(sys.argv[1])
    tf.config.threading.set_intra_op_parallelism_threads(task["intra"])
    tf.config.threading.set_inter_op_parallelism_threads(task["inter"])
    np.random.seed(0)
    by_name = {function.__name__: function for function in functions}
    print(json.dumps(by_name[task["kind"]](**task["settings"])))


def timed(run, repeats: int) -> list[float]:
    """Seconds that each of `repeats` calls takes."""
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return seconds
