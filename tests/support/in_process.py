"""What reproductions start in processes of their own, done in this one: many small runs share one start of TensorFlow."""

import importlib
import json
import threading

import gin
import keras
from absl import flags
from absl.testing import flagsaver

from mpvn import cli
from mpvn.runs.training import train

LOCK = threading.Lock()  # gin and Keras have one state for all threads


def call(module: str, *arguments: str, **environment: str) -> str:
    """As `mpvn.benchmarks.processes.call`, for the commands that train and evaluate."""
    with LOCK:
        gin.clear_config()
        keras.backend.clear_session()
        try:
            if module == "mpvn.evaluate":
                _evaluate(arguments)
            else:
                _train(module, arguments)
        finally:
            gin.clear_config()
    return ""


def measure(kind: str, intra: int, inter: int, worker: str = "mpvn.benchmarks.probe", **settings) -> dict:
    """As `mpvn.benchmarks.processes.measure`, with the threads of this process."""
    with LOCK:
        function = getattr(importlib.import_module(worker), kind)
        return json.loads(json.dumps(function(**json.loads(json.dumps(settings)))))


def _train(module: str, arguments) -> None:
    if module == "sideways_tf.train":
        gin.parse_config("import sideways_tf.configurables")
    values = {"--gin_file": [], "--gin_param": [], "--model_dir": []}
    for argument in arguments:
        name, value = argument.split("=", 1)
        values[name].append(value)
    cli.parse_gin(values["--gin_file"], values["--gin_param"])
    train(values["--model_dir"][0])


def _evaluate(arguments) -> None:
    from mpvn import evaluate

    with flagsaver.flagsaver():
        flags.FLAGS(["evaluate", *arguments])
        evaluate.main()
