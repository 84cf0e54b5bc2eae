"""TensorFlow, by a SavedModel."""

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow starts

import tensorflow as tf

from mpvn.bundles.engines import Call
from mpvn.bundles.manifest import FormatEntry, PartEntry


class TensorFlow:
    """One signature per graph."""

    name = "tensorflow"

    def __init__(self, folder: Path, entry: FormatEntry, threads: int | None) -> None:
        if threads is not None:
            try:
                tf.config.threading.set_intra_op_parallelism_threads(threads)
                tf.config.threading.set_inter_op_parallelism_threads(threads)
            except RuntimeError:  # TensorFlow runs already, with as many threads as it was given
                pass
        file = next(iter(entry.graphs.values()))["file"]
        self._entry, self._loaded = entry, tf.saved_model.load(str(folder / file))

    def load(self, part: PartEntry, worker: int) -> Call:
        signature = self._loaded.signatures[self._entry.graphs[part.name]["signature"]]

        def call(inputs):
            results = signature(**{key: tf.constant(value) for key, value in inputs.items()})
            return {key: value.numpy() for key, value in results.items()}

        return call


def open(folder: Path, entry: FormatEntry, threads: int | None) -> TensorFlow:
    return TensorFlow(folder, entry, threads)
