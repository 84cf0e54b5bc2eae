"""ONNX: one model per graph, with the weights of all in one file."""

from pathlib import Path

import numpy as np
import onnx
import tensorflow as tf
from onnx import TensorProto, numpy_helper

from mpvn.exporting.frozen import frozen
from mpvn.exporting.graphs import Part, concrete
from mpvn.exporting.shared_weights import SharedWeights

OPSET = 17
WEIGHTS = "weights.bin"
SMALL = 1024  # bytes; constants such as shapes stay in the model


def convert(part: Part) -> onnx.ModelProto:
    """The model of one part of a graph."""
    function = frozen(concrete(part))
    model = converted_function(function, part.name)
    names = {tensor.name: tensor.name.split(":")[0] for tensor in function.inputs}
    _rename(model, names | dict(zip((t.name for t in function.outputs), sorted(part.results), strict=True)))
    return model


def converted_function(function: tf.types.experimental.ConcreteFunction, name: str) -> onnx.ModelProto:
    """The model of a function, with TensorFlow's names of inputs and outputs."""
    function = frozen(function)
    # Weights that stay in tf2onnx's graph become lists of Python numbers, which take some sixty times their bytes.
    model, outside = _tf2onnx()._convert_common(
        function.graph.as_graph_def(),
        name=name,
        large_model=True,
        input_names=[tensor.name for tensor in function.inputs],
        output_names=[tensor.name for tensor in function.outputs],
        opset=OPSET,
    )
    for tensor in model.graph.initializer:
        if tensor.data_location == TensorProto.EXTERNAL:
            places = {entry.key: entry.value for entry in tensor.external_data}
            tensor.raw_data = outside.name_to_tensor_data.pop(places["location"])
            tensor.data_location = TensorProto.DEFAULT
            del tensor.external_data[:]
    onnx.checker.check_model(model)  # tf2onnx only logs what it does not know
    return model


def write(models: dict[str, onnx.ModelProto], folder: Path) -> dict:
    """Writes models by graph name; returns {graph: the information that an engine needs to find it}."""
    weights = SharedWeights(folder / WEIGHTS)
    found = {}
    for name, model in models.items():
        lean = onnx.ModelProto()
        lean.CopyFrom(model)
        for tensor in lean.graph.initializer:
            content = numpy_helper.to_array(tensor).tobytes()
            if len(content) >= SMALL:
                _move(tensor, weights.place(content), len(content))
        (folder / f"{name}.onnx").write_bytes(lean.SerializeToString())
        found[name] = {"file": f"{folder.name}/{name}.onnx"}
    weights.close()
    return found


def _move(tensor: TensorProto, offset: int, length: int) -> None:
    """Moves a tensor to the file of weights."""
    tensor.ClearField("raw_data")
    for field in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data"):
        tensor.ClearField(field)
    tensor.data_location = TensorProto.EXTERNAL
    del tensor.external_data[:]
    for key, value in (("location", WEIGHTS), ("offset", str(offset)), ("length", str(length))):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value


def _rename(model: onnx.ModelProto, names: dict[str, str]) -> None:
    """Renames inputs and outputs to the names in the graph."""
    for value in [*model.graph.input, *model.graph.output]:
        value.name = names.get(value.name, value.name)
    for node in model.graph.node:
        for values in (node.input, node.output):
            for i, value in enumerate(values):
                values[i] = names.get(value, value)


def _tf2onnx():
    """tf2onnx's converter, which still asks numpy for names that numpy 2 dropped."""
    for name, kind in (
        ("object", object),
        ("bool", bool),
        ("int", int),
        ("float", float),
        ("str", str),
        ("product", np.prod),
    ):
        if name not in np.__dict__:
            setattr(np, name, kind)
    if "cast" not in np.__dict__:
        kinds = (np.float16, np.float32, np.float64, np.int32, np.int64, np.bool_)
        np.cast = {  # type: ignore[attr-defined]
            kind: (lambda value, kind=kind: np.asarray(value, kind)) for kind in kinds
        }
    from tf2onnx import convert

    return convert
