"""OpenVINO: one model per graph, with the weights of all in one file."""

import logging
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

# Its converter sends telemetry over the network if this package is available.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import onnx  # noqa: E402
import openvino  # noqa: E402
import tensorflow as tf  # noqa: E402

from mpvn.exporting.frozen import frozen  # noqa: E402
from mpvn.exporting.graphs import Part, concrete  # noqa: E402
from mpvn.exporting.shared_weights import SharedWeights  # noqa: E402

WEIGHTS = "weights.bin"


def convert(part: Part) -> openvino.Model:
    """The model of one part of a graph."""
    function = frozen(concrete(part))
    model = converted_function(function)
    # By default, it numbers results in its own order.
    results = dict(zip(sorted(part.results), function.outputs, strict=True))
    for port in model.outputs:
        names = port.get_names()
        port.get_tensor().set_names({name for name, tensor in results.items() if tensor.name in names})
    for port in model.inputs:
        port.get_tensor().set_names({name.split(":")[0] for name in port.get_names()} & set(part.inputs))
    return model


def converted_function(function: tf.types.experimental.ConcreteFunction) -> openvino.Model:
    """The model of a function, with TensorFlow's names of inputs and outputs."""
    function = frozen(function)
    with _same_logging():
        return openvino.convert_model(function.graph.as_graph_def(), input=[tensor.name for tensor in function.inputs])


def of_onnx(model: onnx.ModelProto) -> openvino.Model:
    """An ONNX model, with its names."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(model.SerializeToString())
        return openvino.Core().read_model(path)


def write(models: Mapping[str, openvino.Model], folder: Path, half: bool = False) -> dict:
    """Writes models by graph name.

    Args:
        models: {graph: its model}.
        folder: output folder.
        half: whether to store weights in float16.

    Returns:
        {graph: the information that an engine needs to find it}.
    """
    weights = SharedWeights(folder / WEIGHTS)
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        for name, model in models.items():
            path = Path(temporary) / f"{name}.xml"
            openvino.save_model(model, path, compress_to_fp16=half)
            tree = ElementTree.parse(path)
            content = path.with_suffix(".bin").read_bytes()
            for data in tree.iterfind(".//layer[@type='Const']/data"):
                offset, size = int(data.get("offset", 0)), int(data.get("size", 0))
                data.set("offset", str(weights.place(content[offset : offset + size])))
            tree.write(folder / f"{name}.xml")
            found[name] = {"file": f"{folder.name}/{name}.xml", "weights": f"{folder.name}/{WEIGHTS}"}
    weights.close()
    return found


@contextmanager
def _same_logging() -> Iterator[None]:
    """Restores the root logger, which OpenVINO's converter changes and does not restore if it fails."""
    root = logging.getLogger()
    level, filters, handlers = root.level, list(root.filters), list(root.handlers)
    try:
        yield
    finally:
        root.setLevel(level)
        root.filters, root.handlers = filters, handlers
