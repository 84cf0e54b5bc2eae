"""ONNX Runtime."""

from pathlib import Path

import onnxruntime

from mpvn.bundles.engines import Call
from mpvn.bundles.manifest import FormatEntry, PartEntry


class OnnxRuntime:
    """One session per graph."""

    name = "onnxruntime"

    def __init__(self, folder: Path, entry: FormatEntry, threads: int | None) -> None:
        self._folder, self._entry = folder, entry
        self._options = onnxruntime.SessionOptions()
        self._options.log_severity_level = 3
        if threads is not None:
            self._options.intra_op_num_threads = threads
        # Each session has its own threads, which would busy-wait after their turn and slow down all others.
        self._options.add_session_config_entry("session.force_spinning_stop", "1")

    def load(self, part: PartEntry, worker: int) -> Call:
        path = self._folder / self._entry.graphs[part.name]["file"]
        session = onnxruntime.InferenceSession(str(path), self._options, providers=["CPUExecutionProvider"])
        taken = {value.name for value in session.get_inputs()}
        results = list(part.results)

        def call(inputs):
            given = {key: value for key, value in inputs.items() if key in taken}
            return dict(zip(results, session.run(results, given), strict=True))

        return call


def open(folder: Path, entry: FormatEntry, threads: int | None) -> OnnxRuntime:
    return OnnxRuntime(folder, entry, threads)
