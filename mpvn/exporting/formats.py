"""The formats of a bundle."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from mpvn.bundles.manifest import FormatEntry
from mpvn.exporting.blame import converted
from mpvn.exporting.bundle import Parts
from mpvn.exporting.calibration import Examples


def write_formats(
    parts: Parts, folder: Path, formats: Sequence[str], precision: str, examples: Examples | None
) -> dict[str, FormatEntry]:
    """Writes the models of each format to a folder of its name.

    Args:
        parts: the parts of the bundle.
        folder: folder of the bundle.
        formats: see `mpvn.exporting.kinds`.
        precision: see `mpvn.exporting.kinds`; formats without it keep float32.
        examples: examples of inputs, for int8.
    """
    with ExitStack() as stack:
        saved_model = folder / "saved_model"
        if "saved_model" not in formats and "litert" in formats:
            saved_model = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = {}
        if {"saved_model", "litert"} & set(formats):
            found["saved_model"] = _saved_model(parts, saved_model)
        models: dict[str, dict] = {}
        if "onnx" in formats or ("openvino" in formats and precision == "int8"):
            models["onnx"] = _onnx(parts, precision, examples)
        for format in formats:
            if format != "saved_model":
                (folder / format).mkdir()
        if "litert" in formats:
            found["litert"] = _litert(parts, saved_model, folder / "litert", precision, examples)
        if "onnx" in formats:
            found["onnx"] = _write_onnx(models["onnx"], folder / "onnx", precision)
        if "openvino" in formats:
            found["openvino"] = _openvino(parts, folder / "openvino", precision, models.get("onnx"))
        return {format: found[format] for format in formats}


def _saved_model(parts: Parts, folder: Path) -> FormatEntry:
    from mpvn.exporting import saved_model

    saved_model.save(parts.network, parts.names, parts.steps, parts.graphs, parts.batch_size, folder)
    graphs = {part.name: {"file": folder.name, "signature": part.name} for part in parts.computed}
    return FormatEntry("float32", graphs)


def _litert(parts: Parts, saved_model: Path, folder: Path, precision: str, examples: Examples | None) -> FormatEntry:
    from mpvn.exporting import litert

    has = "float32" if precision == "bfloat16" else precision
    names = [part.name for part in parts.computed]
    graphs = converted(
        parts.network, "LiteRT", lambda: litert.write(saved_model, names, folder, has, examples), litert.convert
    )
    return FormatEntry(has, graphs)


def _onnx(parts: Parts, precision: str, examples: Examples | None) -> dict:
    from mpvn.exporting import onnx, precisions

    models = converted(
        parts.network,
        "ONNX",
        lambda: {part.name: onnx.convert(part) for part in parts.computed},
        lambda function: onnx.converted_function(function, "unit"),
    )
    if precision == "float16":
        return {name: precisions.half_weights(model) for name, model in models.items()}
    if precision == "int8":
        assert examples is not None, "int8 needs examples"
        return {name: precisions.eight_bits(model, examples[name]) for name, model in models.items()}
    return models


def _write_onnx(models: dict, folder: Path, precision: str) -> FormatEntry:
    from mpvn.exporting import onnx

    return FormatEntry("float32" if precision == "bfloat16" else precision, onnx.write(models, folder))


def _openvino(parts: Parts, folder: Path, precision: str, quantized: Mapping | None) -> FormatEntry:
    from mpvn.exporting import openvino

    if precision == "int8":
        assert quantized is not None, "OpenVINO takes ONNX Runtime's int8"
        models = {name: openvino.of_onnx(model) for name, model in quantized.items()}
    else:
        models = converted(
            parts.network,
            "OpenVINO",
            lambda: {part.name: openvino.convert(part) for part in parts.computed},
            openvino.converted_function,
        )
    return FormatEntry(precision, openvino.write(models, folder, half=precision == "float16"))
