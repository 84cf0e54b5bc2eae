"""ONNX models in fewer bits, by ONNX Runtime's tools if available."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def half_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with weights in float16, which are cast to float32 when it is loaded."""
    half = onnx.ModelProto()
    half.CopyFrom(model)
    casts = []
    for tensor in half.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        name, values = tensor.name, numpy_helper.to_array(tensor)
        limit = np.finfo(np.float16).max
        tensor.CopyFrom(numpy_helper.from_array(values.clip(-limit, limit).astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        half.graph.node.insert(0, cast)
    return half


def eight_bits(model: onnx.ModelProto, examples: Iterable[dict[str, np.ndarray]]) -> onnx.ModelProto:
    """The model in int8 after calibration on inputs by name: static, per channel, with QDQ nodes."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    taken = {value.name for value in model.graph.input}

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self._left = iter(examples)

        def get_next(self) -> dict[str, np.ndarray] | None:
            inputs = next(self._left, None)
            return inputs and {name: value for name, value in inputs.items() if name in taken}

    with tempfile.TemporaryDirectory() as folder:
        plain, ready, quantized = (Path(folder) / f"{name}.onnx" for name in ("plain", "ready", "quantized"))
        onnx.save(model, plain)
        # First folds batch normalisation into convolutions, which then have one range.
        quant_pre_process(plain, ready, skip_symbolic_shape=True)
        quantize_static(
            ready,
            quantized,
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
            extra_options={"ActivationSymmetric": False},
        )
        return onnx.load(quantized)
