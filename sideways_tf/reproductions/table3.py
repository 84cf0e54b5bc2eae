"""Table 3: auto-encoding at frame rate."""

from pathlib import Path

import numpy as np

from mpvn.results import curves, tables
from mpvn.results import intervals as statistics
from sideways_tf.reproductions.streams import Streams
from sideways_tf.stream_learning import METHODS

PAPER = {"backpropagation": 0.014, "sideways": 0.002}
# The sweep that every method gets; our choice.
RATES = {"smoke": (1e-3,), "small": (3e-4, 5e-4, 1e-3, 3e-3, 1e-2), "paper": (1e-5, 1e-4, 1e-3)}


def run(scale: str, folder: Path, params=()) -> None:
    """Lets every method learn from the same streams, and writes a table, curves and a strip of frames.

    Args:
        scale: see `streams.SETTINGS`.
        folder: where all goes.
        params: not used, there is nothing to set by gin.
    """
    folder.mkdir(parents=True, exist_ok=True)
    streams = Streams(scale, folder)
    found, rates, errors = {}, {}, {}
    for method in METHODS:
        rates[method], errors[method] = streams.best_rate(RATES[scale], method=method)
    learners = [
        {
            "method": method,
            "learning_rate": rates[method],
            "seed": seed,
            "pictures": str(folder / f"{method.replace(', ', '_').replace(' ', '_')}_{seed}.npz"),
        }
        for method in METHODS
        for seed in streams.seeds
    ]
    for learner, result in zip(learners, streams.learn(learners), strict=True):
        found.setdefault(learner["method"], []).append(result)
    rows = [_row(method, rates[method], found) for method in ("backpropagation", "sideways")]
    rows.append(_row("backpropagation", rates["backpropagation"], found, held=False))
    rows.append(_row("backpropagation, every frame", rates["backpropagation, every frame"], found))
    rows.append(_row("backpropagation, every frame", rates["backpropagation, every frame"], found, held=False))
    setting = streams.setting
    ratios = [b["mse"] / s["mse"] for b, s in zip(found["backpropagation"], found["sideways"], strict=True)]
    notes = [
        tables.machine(),
        f"scale {scale}: moving_objects at {setting['fps']} frames/s, {setting['num_clips']} clips of "
        f"{setting['num_frames']} frames of {setting['size']} x {setting['size']} in a row, {setting['batch']} streams "
        f"side by side, autoencoder of width {setting['width']}, Adam; seeds {', '.join(map(str, streams.seeds))}",
        "error of the output that is there at each tick against the frame of that tick, over the last quarter of the "
        "stream; mean and 95% interval over seeds",
        f"learning rates from one sweep for all, {', '.join(f'{r:g}' for r in RATES[scale])}, on seeds "
        f"{', '.join(map(str, streams.sweep_seeds))}; mean errors "
        + "; ".join(f"{method}: {', '.join(f'{e:.4f}' for e in errors[method].values())}" for method in METHODS),
        f"backpropagation / Sideways on each seed: {', '.join(f'{ratio:.1f}' for ratio in ratios)} (paper: 7)",
        "not held: each output against the frame that it was made from, so that only missed frames count; every frame: "
        "learning from all frames, which takes too long for real time, with outputs as late as backpropagation's, so "
        "that only stale outputs count",
    ]
    title = "Table 3: auto-encoding at frame rate"
    panels = {
        "error against the current frame": {
            method: list(enumerate(np.mean([result["curve"] for result in results], axis=0), start=1))
            for method, results in found.items()
        }
    }
    pictures = [curves.draw(panels, folder / "table3.png", "clip", "mean squared error", "", log=True)]
    pictures.append(_strip(folder, streams.seeds[0]))
    tables.report(folder, "table3", title, rows, notes, pictures)


def _row(method: str, rate: float, found, held: bool = True) -> dict:
    results = found[method]
    return {
        "method": method if held else f"{method}, not held",
        "MSE": statistics.text([r["mse" if held else "own_mse"] for r in results], 4),
        "PSNR, dB": statistics.text([r["psnr"] for r in results]) if held else "-",
        "SSIM": statistics.text([r["ssim"] for r in results], 3) if held else "-",
        "learning rate": f"{rate:g}",
        "frames learned from": results[0]["learned"],
        "frames missed": results[0]["missed"],
        "paper, MSE": PAPER.get(method, "-") if held else "-",
    }


def _strip(folder: Path, seed: int) -> Path:
    import tensorflow as tf

    from mpvn.results.pictures import frame_rows

    loaded = {name: np.load(folder / f"{name}_{seed}.npz") for name in ("backpropagation", "sideways")}
    rows = {"input": loaded["sideways"]["frames"][0]}
    rows |= {name: values["outputs"][0] for name, values in loaded.items()}
    path = folder / "table3_frames.png"
    tf.io.write_file(str(path), tf.io.encode_png(frame_rows(rows, num_frames=8)))
    return path
