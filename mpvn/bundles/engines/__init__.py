"""Runtimes that run a bundle's models, one module each, imported on first use: each needs its own package."""

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from mpvn.bundles.manifest import FormatEntry, Manifest, PartEntry
from mpvn.errors import InputError

# Inputs by name to results by name.
Call = Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Kind:
    """A runtime.

    Attributes:
        title: name in messages.
        format: format of the models that it runs.
        package: Python package that it imports.
        install: command that installs the package.
    """

    title: str
    format: str
    package: str
    install: str


ENGINES = {
    "litert": Kind("LiteRT", "litert", "ai_edge_litert", "pip install ai-edge-litert"),
    "onnxruntime": Kind("ONNX Runtime", "onnx", "onnxruntime", "pip install onnxruntime"),
    "openvino": Kind("OpenVINO", "openvino", "openvino", "pip install openvino"),
    "tensorflow": Kind("TensorFlow", "saved_model", "tensorflow", "pip install tensorflow"),
}


class Engine(Protocol):
    """A runtime with one bundle's models.

    Attributes:
        name: name in `ENGINES`.
    """

    name: str

    def load(self, part: PartEntry, worker: int) -> Call:
        """The model of one part of a graph, ready to be called; those of several workers run at once."""


def open_engine(manifest: Manifest, folder: Path, name: str | None, threads: int | None) -> Engine:
    """The runtime for a bundle.

    Args:
        manifest: manifest of the bundle.
        folder: folder of the bundle.
        name: name in `ENGINES`; None for the first that can run it.
        threads: number of threads; None leaves it to the runtime.

    Raises:
        InputError: the runtime is unknown or not installed, or the bundle's models for it are missing or incomplete.
    """
    if name is None:
        able = [key for key, kind in ENGINES.items() if kind.format in manifest.formats and installed(kind)]
        if not able:
            wanted = [kind.install for kind in ENGINES.values() if kind.format in manifest.formats]
            raise InputError(f"no runtime for {folder} is installed: {', or '.join(wanted)}")
        name = able[0]
    if name not in ENGINES:
        raise InputError(f"engine={name!r} is unknown: expected {', '.join(map(repr, ENGINES))}")
    kind = ENGINES[name]
    if kind.format not in manifest.formats:
        there = [f"engine={key!r}" for key, other in ENGINES.items() if other.format in manifest.formats]
        raise InputError(
            f"{folder} holds no models for {kind.title}: use {', '.join(there)}, or export with "
            f"formats=({kind.format!r},)"
        )
    if not installed(kind):
        raise InputError(f"{kind.title} is not installed: {kind.install}")
    manifest.check_files(folder, kind.format)
    module = importlib.import_module(f"mpvn.bundles.engines.{name}")
    return module.open(folder, manifest.formats[kind.format], threads)


def installed(kind: Kind) -> bool:
    """Whether the package of a runtime is installed."""
    return importlib.util.find_spec(kind.package) is not None


__all__ = ["ENGINES", "Call", "Engine", "FormatEntry", "PartEntry", "open_engine"]
