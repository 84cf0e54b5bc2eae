"""One measurement in a process of its own."""

import json
import os
import subprocess
import sys

from mpvn.errors import InputError


def measure(kind: str, intra: int, inter: int, **settings) -> dict:
    """Runs `mpvn.benchmarks.worker` and returns what it measured.

    Args:
        kind: name of a function of the worker.
        intra: threads within an operation.
        inter: threads across operations.
        **settings: arguments of that function.

    Raises:
        InputError: the process failed; the line carries its last words.
    """
    task = json.dumps({"kind": kind, "intra": intra, "inter": inter, "settings": settings})
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-m", "mpvn.benchmarks.worker", task], capture_output=True, text=True, env=environment
    )
    if done.returncode:
        words = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"measurement {kind} {settings} failed: {words}")
    return json.loads(done.stdout.strip().splitlines()[-1])
