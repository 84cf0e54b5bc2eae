"""Checks that converted Keras image models, cut with aligned skips, give the same outputs."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.progress import track

import mpvn
from mpvn.benchmarks.support import every_model
from mpvn.benchmarks.support.keras_models import build, clip
from mpvn.benchmarks.support.named import is_users
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.errors import InputError
from mpvn.results import tables

if TYPE_CHECKING:
    import keras

# The smallest frames of each network, in pixels.
NETWORKS = {
    "ResNet50": 32,
    "ResNet50V2": 32,
    "DenseNet121": 32,
    "InceptionV3": 75,
    "Xception": 71,
    "MobileNetV2": 32,
    "MobileNetV3Small": 32,
    "EfficientNetB0": 32,
    "EfficientNetV2B0": 32,
    "ConvNeXtTiny": 32,
    "NASNetMobile": 32,
    "VGG16": 32,
}
# All models of keras.applications.
ALL = "all"
SUBNETWORKS = (4, 8)
# The error may be this share of the spread of the output across frames, and must be far above it one frame off.
BOUND, SHIFTED = 1e-3, 1e-1
FORMATS = {"information latency": "g", "error": ".1e", "one frame off": ".2f"}


def run(
    networks: Sequence[str] = tuple(NETWORKS),
    sizes: Sequence[int] | None = None,
    levels: Sequence[int] = SUBNETWORKS,
    num_frames: int = 8,
) -> list[dict[str, Any]]:
    """A row per network, size and number of subnetworks.

    Args:
        networks: names in `NETWORKS`, or paths of Keras model files.
        sizes: heights and widths of frames, in pixels; by default the smallest that each network takes.
        levels: numbers of subnetworks.
        num_frames: least number of outputs to compare.

    Raises:
        InputError: frames are too small for a network, or it has fewer units than subnetworks.
    """
    rows = []
    tasks = [(name, size) for name in networks for size in ([0] if is_users(name) else sizes or [NETWORKS[name]])]
    for name, size in tasks:
        if size < NETWORKS.get(name, 0):
            raise InputError(f"{name} cannot take frames of {size} px: give at least {NETWORKS[name]}")
    for name, size in track(tasks, description="conversion", transient=True):
        rows += compare(name, _users(name) if is_users(name) else build(name, size), levels, num_frames)
    return tables.Rows(rows, FORMATS)


def _users(path: str) -> "keras.Model":
    """The Keras model of a file."""
    from mpvn.runs.model_file import load_file

    model = load_file(path)
    if isinstance(model, mpvn.VideoNetwork):
        raise InputError(f"{path!r} holds a video network, which needs no conversion: give the file of a Keras model")
    return model


def compare(
    name: str, model: "keras.Model", levels: Sequence[int] = SUBNETWORKS, num_frames: int = 8
) -> list[dict[str, Any]]:
    """A row per number of subnetworks for one Keras model over frames [size, size, 3]."""
    size, rows = model.input_shape[1], []
    video = clip(num_frames - 1 + max(levels), size)
    expected = model(video[0], training=False).numpy()
    base = mpvn.from_keras(model)
    for count in levels:
        late = count - 1
        found = base.parallel(count, skips="aligned").run(video)[0, late:].numpy()
        error, shifted = errors(found, expected[: len(found)])
        rows.append(
            {
                "network": name,
                "px": size,
                "units": len(base.wiring),
                "edges": len(base.wiring.edges),
                "subnetworks": count,
                "information latency": base.parallel(count).schedule.information_latency[1],
                "aligned": late,
                "error": error,
                "one frame off": shifted,
                "equal": "yes" if error < BOUND and shifted > SHIFTED else "NO",
            }
        )
    return rows


def errors(outputs: np.ndarray, expected: np.ndarray) -> tuple[float, float]:
    """Largest error [frames, ...], as it is and one frame off, as shares of the spread across frames."""
    spread = expected.std(axis=0).mean()
    error, shifted = np.abs(outputs - expected).max(), np.abs(outputs[1:] - expected[:-1]).max()
    return float(error / spread), float(shifted / spread)


def notes() -> list[str]:
    return [
        tables.machine(),
        "random weights, float32, batch 1, folded engine; frames of patches and noise in [0, 255]",
        "information latency: of fresh skips, in frames; aligned: of aligned skips, one frame per further subnetwork",
        "error: largest difference between the aligned output at tick t and Keras's own for frame t - latency, as a "
        f"share of the standard deviation across frames; at most {BOUND:g}",
        f"one frame off: the same error against the previous frame; at least {SHIFTED:g}, so that the check can fail",
    ]


def _measure(request: Request) -> None:
    if ALL in request.networks:
        _measure_all(request)
        return
    rows = run(request.networks, request.sizes or None, request.levels or SUBNETWORKS)
    request.report("conversion", "Conversion of Keras models", rows, notes())
    _leave_unless(all(row["equal"] == "yes" for row in rows))


def _measure_all(request: Request) -> None:
    if len(request.networks) > 1 or request.sizes or request.levels:
        raise InputError("--networks=all stands alone: leave out other networks, sizes and subnetworks")
    rows = every_model.run(request.folder)
    request.report(every_model.TABLE, every_model.TITLE, rows, every_model.notes())
    _leave_unless(all(row["equal"] == "yes" for row in rows))


def _leave_unless(equal: bool) -> None:
    if not equal:
        print("error: some outputs differ from those of Keras", file=sys.stderr)
        sys.exit(1)


# Without usual sizes: each network has its own.
SUITE = Suite(
    _measure,
    heeds=("networks", "sizes", "subnetworks"),
    networks=(*NETWORKS, ALL),
    usual_networks=tuple(NETWORKS),
    from_sequential=False,
    takes_files=True,
)
