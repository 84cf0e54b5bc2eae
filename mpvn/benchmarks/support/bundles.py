"""Measures bundles, each in a separate process."""

import json
from collections.abc import Sequence
from pathlib import Path

from mpvn.benchmarks.support.processes import call
from mpvn.benchmarks.support.request import Request
from mpvn.errors import InputError

# {engine: the format that it runs}
ENGINES = {"litert": "litert", "onnxruntime": "onnx", "openvino": "openvino", "tensorflow": "saved_model"}


def engines_of(request: Request) -> Sequence[str]:
    """The engines that a user names, otherwise all."""
    for name in request.flags.engines or ():
        if name not in ENGINES:
            raise InputError(f"engine {name!r} is unknown: expected one or more of {', '.join(ENGINES)}")
    return request.flags.engines or tuple(ENGINES)


def timed(folder: Path, engine: str, threads: int, streams: int, seconds: float) -> dict[str, float]:
    """The measurements of `mpvn.bundles.timing`.

    Args:
        folder: of the bundle.
        engine: among `ENGINES`.
        threads: of each stream, and of each of its workers.
        streams: how many run in parallel.
        seconds: of each measurement.
    """
    printed = call("mpvn.bundles.timing", *map(str, (folder, engine, threads, streams, seconds)))
    return json.loads(printed.splitlines()[-1])


def size_of(folder: Path) -> float:
    """MB on the disk."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
