"""Table 3: auto-encoding at frame rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gin
import numpy as np

from mpvn.ranges import Rates
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import listed
from mpvn.results import curves, tables
from mpvn.results.intervals import interval
from sideways_tf.reproductions.support.runs import file_name
from sideways_tf.reproductions.support.streams import Streams
from sideways_tf.stream_learning import METHODS

PAPER = {"backpropagation": 0.014, "sideways": 0.002}
# (method, whether its outputs are held until the next one)
ROWS = (
    ("backpropagation", True),
    ("sideways", True),
    ("backpropagation", False),
    ("backpropagation, every frame", True),
    ("backpropagation, every frame", False),
)
FORMATS = {"MSE": ".4f", "PSNR, dB": ".1f", "SSIM": ".3f", "learning rate": "g"}


@gin.configurable("table3", module="sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/sideways/table3`.

    Attributes:
        rates: learning rates that every method is tried with.
    """

    rates: Rates


def run(request: Request) -> None:
    """Lets every method learn from the same streams, and writes a table, curves and a strip of frames.

    For recordings, give the parameter `sideways.streams.videos`, a folder.
    """
    rates = settings.read(Settings, "sideways/table3", request).rates
    streams, folder = Streams(request), request.folder
    best, errors = {}, {}
    for method in METHODS:
        best[method], errors[method] = streams.best_rate(rates, method=method)
    learners: list[dict[str, Any]] = [
        {
            "method": method,
            "learning_rate": best[method],
            "seed": seed,
            "pictures": str(folder / f"{file_name(method)}_{seed}.npz"),
        }
        for method in METHODS
        for seed in streams.setting.seeds
    ]
    by_method: dict[str, list[dict[str, Any]]] = {method: [] for method in METHODS}
    for learner, result in zip(learners, streams.learn(learners), strict=True):
        by_method[learner["method"]].append(result)
    rows = tables.Rows((_row(method, best[method], by_method[method], held) for method, held in ROWS), FORMATS)
    panels = {
        "error against the current frame": {
            method: list(enumerate(np.mean([result["curve"] for result in results], axis=0), start=1))
            for method, results in by_method.items()
        }
    }
    path, also = folder / "table3.png", request.of_pictures
    pictures = [curves.draw(panels, path, "clip", "mean squared error", "", log=True, also=also)]
    pictures.append(_strip(folder, streams.setting.seeds[0]))
    notes = _notes(request.scale, streams, rates, errors, by_method)
    request.report("table3", "Table 3: auto-encoding at frame rate", rows, notes, pictures)


def _row(method: str, rate: float, results: Sequence[Mapping[str, Any]], held: bool) -> dict[str, Any]:
    return {
        "method": method if held else f"{method}, not held",
        "MSE": interval([result["mse" if held else "own_mse"] for result in results]),
        "PSNR, dB": interval([result["psnr"] for result in results]) if held else "-",
        "SSIM": interval([result["ssim"] for result in results]) if held else "-",
        "learning rate": rate,
        "frames learned from": results[0]["learned"],
        "frames missed": results[0]["missed"],
        "paper, MSE": PAPER.get(method, "-") if held else "-",
    }


def _notes(
    scale: str,
    streams: Streams,
    rates: Sequence[float],
    errors: Mapping[str, Mapping[float, float]],
    by_method: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[str]:
    setting = streams.setting
    pairs = zip(by_method["backpropagation"], by_method["sideways"], strict=True)
    ratios = [blocking["mse"] / sideways["mse"] for blocking, sideways in pairs]
    return [
        tables.machine(),
        f"scale {scale}: {setting.words} in a row, {setting.size} x {setting.size}, {setting.batch} streams side by "
        f"side, autoencoder of width {setting.width}, Adam; seeds {listed(setting.seeds)}",
        "error of the output that is there at each tick against the frame of that tick, over the last quarter of the "
        "stream; mean and 95% interval over seeds",
        f"learning rates from one sweep for all, {', '.join(f'{rate:g}' for rate in rates)}, on seeds "
        f"{listed(setting.sweep_seeds)}; mean errors "
        + "; ".join(f"{method}: {', '.join(f'{e:.4f}' for e in errors[method].values())}" for method in METHODS),
        f"backpropagation / Sideways on each seed: {', '.join(f'{ratio:.1f}' for ratio in ratios)} (paper: 7)",
        "not held: each output against the frame that it was made from, so that only missed frames count; every frame: "
        "learning from all frames, which takes too long for real time, with outputs as late as backpropagation's, so "
        "that only stale outputs count",
    ]


def _strip(folder: Path, seed: int) -> Path:
    import tensorflow as tf

    from mpvn.results.strips import PAGE, frame_rows

    loaded = {name: np.load(folder / f"{name}_{seed}.npz") for name in ("backpropagation", "sideways")}
    rows = {"input": loaded["sideways"]["frames"][0]}
    rows |= {name: values["outputs"][0] for name, values in loaded.items()}
    path = folder / "table3_frames.png"
    tf.io.write_file(str(path), tf.io.encode_png(frame_rows(rows, "input", num_frames=8, shown=PAGE)))
    return path


RESULT = Result(run, shares=["streams"])
