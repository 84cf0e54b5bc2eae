"""The formats and precisions, and the packages that they need."""

import importlib.util
from collections.abc import Sequence
from typing import Literal, TypeAlias

from mpvn.errors import InputError

FORMATS = ("saved_model", "litert", "onnx", "openvino")
Precision: TypeAlias = Literal["float32", "float16", "bfloat16", "int8"]
# Packages that a format needs; also the names to install.
NEEDS = {
    "saved_model": (),
    "litert": (),
    "onnx": ("onnx", "tf2onnx"),
    "openvino": ("openvino",),
}


def check_formats(formats: Sequence[str]) -> None:
    """Raises InputError if a format is unknown, or needs a package that is not installed."""
    if isinstance(formats, str) or not formats or any(format not in FORMATS for format in formats):
        raise InputError(f"formats={formats!r}: expected one or more of {', '.join(FORMATS)}")
    for format in formats:
        missing = [package for package in NEEDS[format] if importlib.util.find_spec(package) is None]
        if missing:
            raise InputError(
                f"format {format!r} needs {' and '.join(missing)}, which is not installed: pip install "
                f"{' '.join(missing)}"
            )
