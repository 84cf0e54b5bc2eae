"""What reproductions start in processes of their own, done in this one: many small runs share one start."""

import importlib
import json
import threading
from typing import Any

import commands
import keras
from eager import eagerly

from mpvn.benchmarks.support import processes

LOCK = threading.Lock()  # gin and Keras have one state for all threads
_measured: dict[str, dict] = {}


def call(module: str, *arguments: str, compiled: bool = False, **environment: str) -> str:
    """As `mpvn.benchmarks.support.processes.call`, for the commands that train and evaluate.

    A few steps of small networks run sooner than they are compiled, so by default nothing is.
    """
    if compiled and module == "mpvn.evaluate":
        arguments += ("--batch_size=12",)  # a smaller last batch would be traced once more
    with LOCK, eagerly(not compiled):
        keras.utils.clear_session(free_memory=False)  # to look for garbage takes as long as a run
        code, out, err = commands.run(module, *arguments)
    if code:
        raise processes.failure(module, arguments, err.strip().splitlines()[-1])
    return out.strip()


def measure(
    function: str, intra: int, inter: int, module: str = "mpvn.benchmarks.support.measurements", **settings: Any
) -> dict:
    """As `mpvn.benchmarks.support.processes.measure`, with the threads of this process: what differs in nothing but
    these is measured once."""
    key = json.dumps([module, function, settings])
    with LOCK:
        if key not in _measured:
            measured = getattr(importlib.import_module(module), function)
            _measured[key] = measured(**json.loads(key)[2])
        return json.loads(json.dumps(_measured[key]))
