"""What reproductions start in processes of their own, done in this one: many small runs share one start."""

import importlib
import json
import threading
from typing import Any

import commands
import keras

from mpvn.errors import InputError

LOCK = threading.Lock()  # gin and Keras have one state for all threads


def call(module: str, *arguments: str, **environment: str) -> str:
    """As `mpvn.benchmarks.support.processes.call`, for the commands that train and evaluate."""
    if module == "mpvn.evaluate":
        arguments += ("--batch_size=12",)  # a smaller last batch would be traced once more
    with LOCK:
        keras.backend.clear_session()
        code, out, err = commands.run(module, *arguments)
    if code:
        words = err.strip().splitlines()[-1].removeprefix("error: ")
        raise InputError(f"{module} {' '.join(arguments)} failed: {words}")
    return out.strip()


def measure(
    function: str, intra: int, inter: int, module: str = "mpvn.benchmarks.support.measurements", **settings: Any
) -> dict:
    """As `mpvn.benchmarks.support.processes.measure`, with the threads of this process."""
    with LOCK:
        measured = getattr(importlib.import_module(module), function)
        return json.loads(json.dumps(measured(**json.loads(json.dumps(settings)))))
