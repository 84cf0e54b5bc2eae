"""What reproductions start in processes of their own, done in this one: many small runs share a start of TensorFlow."""

import importlib
import json
import threading

import commands
import keras

from mpvn.errors import InputError

LOCK = threading.Lock()  # gin and Keras have one state for all threads


def call(module: str, *arguments: str, **environment: str) -> str:
    """As `mpvn.benchmarks.processes.call`."""
    with LOCK:
        keras.backend.clear_session()
        code, out, err = commands.call(module, *arguments)
    if code:
        raise InputError(f"{module} {' '.join(arguments)} failed: {err.strip().removeprefix('error: ')}")
    return out


def measure(kind: str, intra: int, inter: int, worker: str = "mpvn.benchmarks.probe", **settings) -> dict:
    """As `mpvn.benchmarks.processes.measure`, with the threads of this process."""
    with LOCK:
        function = getattr(importlib.import_module(worker), kind)
        return json.loads(json.dumps(function(**json.loads(json.dumps(settings)))))
