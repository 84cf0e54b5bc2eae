"""OpenVINO."""

from pathlib import Path
from typing import Any

import openvino

from mpvn.bundles.engines import Call
from mpvn.bundles.manifest import FormatEntry, PartEntry


class OpenVino:
    """One compiled model per graph."""

    name = "openvino"

    def __init__(self, folder: Path, entry: FormatEntry, threads: int | None) -> None:
        self._folder, self._entry = folder, entry
        self._core = openvino.Core()
        # By default it computes in bfloat16 if the processor can, whatever the model's type is.
        precision = "bf16" if entry.precision == "bfloat16" else "f32"
        self._settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
        if threads is not None:
            # Two threads of one core count as two here, as in the other runtimes.
            self._settings |= {"INFERENCE_NUM_THREADS": threads, "ENABLE_HYPER_THREADING": True}
            # Otherwise models with few threads would all be bound to the same core, across workers and streams.
            self._settings["ENABLE_CPU_PINNING"] = False

    def load(self, part: PartEntry, worker: int) -> Call:
        model = self._entry.graphs[part.name]
        read = self._core.read_model(self._folder / model["file"], self._folder / model["weights"])
        compiled = self._core.compile_model(read, "CPU", self._settings)
        taken = {key for port in compiled.inputs for key in port.get_names()}
        request = compiled.create_infer_request()

        def call(inputs):
            request.infer({key: value for key, value in inputs.items() if key in taken})
            return {key: request.get_tensor(key).data.copy() for key in part.results}

        return call


def open(folder: Path, entry: FormatEntry, threads: int | None) -> OpenVino:
    return OpenVino(folder, entry, threads)
