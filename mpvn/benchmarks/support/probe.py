"""The process in which one setting is measured: prints one JSON object. `mpvn.benchmark` starts it."""

import importlib
import json

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command, start
from mpvn.errors import InputError

TASK = {"module": str, "function": str, "intra": int, "inter": int, "settings": dict}


def define(values: FlagValues) -> None:
    flags.DEFINE_string("task", None, "What to measure, as JSON from mpvn.benchmark.", flag_values=values)


def main(values: FlagValues) -> None:
    task = _read(values.task)
    start.tensorflow(task["intra"], task["inter"])  # threads are fixed when TensorFlow starts
    import numpy as np

    np.random.seed(0)
    function = getattr(importlib.import_module(task["module"]), task["function"])
    print(json.dumps(function(**task["settings"])))


def _read(text: str) -> dict:
    try:
        task = json.loads(text)
        if not all(isinstance(task[name], kind) for name, kind in TASK.items()):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f"task={text!r} names no measurement: run python -m mpvn.benchmark, which starts this program"
        ) from None
    return task


COMMAND = Command(main, __doc__, define, required=("task",), quiet_start=False)

if __name__ == "__main__":
    COMMAND.run()
