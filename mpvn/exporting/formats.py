"""The formats of a bundle."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from mpvn.bundles.manifest import FormatEntry
from mpvn.errors import InputError
from mpvn.exporting.bundle import Parts
from mpvn.exporting.calibration import Examples

FORMATS = ("saved_model", "litert", "onnx", "openvino")
PRECISIONS = ("float32", "float16", "bfloat16", "int8")
# Packages that a format is made with, and what to type where they are missing.
NEEDS = {
    "saved_model": (),
    "litert": (),
    "onnx": ("onnx", "tf2onnx"),
    "openvino": ("openvino",),
}


def write_formats(
    parts: Parts, folder: Path, formats: Sequence[str], precision: str, examples: Examples | None
) -> dict[str, FormatEntry]:
    """Writes the models of each format to a folder of its name.

    Args:
        parts: what they are made of.
        folder: of the bundle.
        formats: among `FORMATS`.
        precision: among `PRECISIONS`; a format that has it not keeps float32.
        examples: of inputs, for int8.
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

    saved_model.save(parts.network, parts.names, parts.steps, parts.graphs, folder)
    graphs = {graph.name: {"file": folder.name, "signature": graph.name} for graph in parts.computed}
    return FormatEntry("float32", graphs)


def _litert(parts: Parts, saved_model: Path, folder: Path, precision: str, examples: Examples | None) -> FormatEntry:
    from mpvn.exporting import litert

    has = "float32" if precision == "bfloat16" else precision
    names = [graph.name for graph in parts.computed]
    return FormatEntry(has, litert.write(saved_model, names, folder, has, examples))


def _onnx(parts: Parts, precision: str, examples: Examples | None) -> dict:
    from mpvn.exporting import onnx, precisions

    models = {
        graph.name: _blaming(parts, graph.name, lambda graph=graph: onnx.convert(graph)) for graph in parts.computed
    }
    if precision == "float16":
        return {name: precisions.half_weights(model) for name, model in models.items()}
    if precision == "int8":
        assert examples is not None, "int8 is told from examples"
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
        models = {graph.name: openvino.convert(graph) for graph in parts.computed}
    return FormatEntry(precision, openvino.write(models, folder, half=precision == "float16"))


def _blaming(parts: Parts, name: str, convert: Callable):
    return convert()


def check_formats(formats: Sequence[str]) -> None:
    """Raises InputError where a format is unknown, or made with a package that is not installed."""
    import importlib.util

    if isinstance(formats, str) or not formats or any(format not in FORMATS for format in formats):
        raise InputError(f"formats={formats!r}: expected one or several of {', '.join(FORMATS)}")
    for format in formats:
        missing = [package for package in NEEDS[format] if importlib.util.find_spec(package) is None]
        if missing:
            raise InputError(
                f"format {format!r} is made with {' and '.join(missing)}, which is not installed: pip install "
                f"{' '.join(missing)}"
            )
