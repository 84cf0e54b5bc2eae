"""Every model of `keras.applications`: converted with its preprocessing, saved, loaded elsewhere, and streamed.

Each model has two processes of its own: one makes it, converts it and saves it; the other knows only the file.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from mpvn.benchmarks.support.keras_models import all_models, build_smallest, clip, preprocessing_of
from mpvn.benchmarks.support.processes import IN, measure
from mpvn.errors import InputError
from mpvn.results import tables

TABLE, TITLE = "conversion_all", "Conversion of all models of keras.applications"
SUBNETWORKS = 4
NUM_FRAMES = 12
SAID = 200  # characters of a reason
# The largest difference may be this share of the largest output, and must be far above it one frame off.
BOUND, SHIFTED = 1e-3, 1e-1
ERRORS = ("converted", "loaded", "streamed")
# Largest difference of the Keras model from itself, frame by frame and all at once.
ROUNDING = BOUND / 10
FORMATS = dict.fromkeys(("rounding", *ERRORS), ".1e") | {"one frame off": ".2f"}


def run(folder: Path | None) -> list[dict[str, Any]]:
    """A row per model, printed and, where there is a folder, written as it ends."""
    rows = tables.Rows([], FORMATS)
    for name in all_models():
        rows.append(row_of(name))
        print("  ".join(tables.texts(tables.Rows(rows[-1:], FORMATS))[0].values()), flush=True)
        if folder is not None:
            tables.write(folder, TABLE, TITLE, rows, notes())
    return rows


def row_of(name: str) -> dict[str, Any]:
    """The row of one model; if it fails, `equal` is NO and the last column gives the reason."""
    row: dict[str, Any] = {"network": name, "px": "", "dtype": "", "preprocessing": "", "units": "", "rounding": ""}
    row |= dict.fromkeys((*ERRORS, "one frame off"), "")
    reason = ""
    with tempfile.TemporaryDirectory() as folder:
        try:
            for function in ("converted", "loaded"):
                row |= measure(function, 1, 2, module=__name__, folder=folder, name=name)
        except InputError as error:
            reason = str(error).partition(IN)[0][:SAID]
    numbers = [row[column] for column in ERRORS]
    good = not reason and max(numbers) < BOUND and row["one frame off"] > SHIFTED
    return row | {"equal": "yes" if good else "NO", "reason": reason}


def converted(folder: str, name: str) -> dict:
    """Makes a model, converts it, compares both, and leaves the file, the frames and Keras's outputs in the folder."""
    import keras

    import mpvn

    word, prepare = preprocessing_of(name)
    for dtype in ("float32", "float64"):
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)
        model = build_smallest(name, prepare)
        size = model.input_shape[1]
        video = clip(NUM_FRAMES, size)
        expected = model.predict(prepare(video[0].copy()), verbose=0)
        single = [model.predict(prepare(video[0, i : i + 1].copy()), verbose=0) for i in range(NUM_FRAMES)]
        rounding = float(np.abs(np.concatenate(single) - expected).max() / np.abs(expected).max())
        if rounding < ROUNDING:  # in some deep models with random weights, the last bit changes the output
            break
    network = mpvn.from_keras(model, preprocessing=word).parallel(SUBNETWORKS, skips="aligned")
    error, shifted = relative(network.run(video)[0].numpy(), expected)
    keras.saving.save_model(network, f"{folder}/network.keras")
    np.savez(f"{folder}/expected.npz", video=video, expected=expected)
    described = {"px": size, "dtype": dtype, "preprocessing": word, "units": len(network.wiring), "rounding": rounding}
    return described | {"converted": error, "one frame off": shifted}


def loaded(folder: str, name: str) -> dict:
    """Compares the network of the file, in a fresh process, over the clip and in a stream."""
    import mpvn
    from mpvn.runs.loading import load

    kept = np.load(f"{folder}/expected.npz")
    network = load(f"{folder}/network.keras")
    stream = mpvn.Stream(network)
    streamed = [stream.step(kept["video"][:, tick]).numpy()[0] for tick in range(NUM_FRAMES)]
    return {
        "loaded": relative(network.run(kept["video"])[0].numpy(), kept["expected"])[0],
        "streamed": relative(np.stack(streamed), kept["expected"])[0],
    }


def relative(outputs: np.ndarray, expected: np.ndarray) -> tuple[float, float]:
    """Largest difference as a share of the largest output: to the right frame, and to the previous one.

    Args:
        outputs: [ticks, ...] of a network with aligned skips, late by one frame for each further subnetwork.
        expected: [frames, ...], what Keras gives.
    """
    late = SUBNETWORKS - 1
    found, largest = outputs[late:], np.abs(expected).max()
    error = np.abs(found - expected[: len(found)]).max()
    shifted = np.abs(found[1:] - expected[: len(found) - 1]).max()
    return float(error / largest), float(shifted / largest)


def notes() -> list[str]:
    return [
        tables.machine(),
        f"random weights, {SUBNETWORKS} subnetworks with aligned skips, each model at the smallest size that it takes, "
        "frames in [0, 255], preprocessing as in Keras's own function for the model",
        "converted, loaded (in a fresh process), streamed (there, frame by frame): largest difference to the Keras "
        f"model's outputs, as a share of the largest output; at most {BOUND:g}",
        "rounding: the same of the Keras model against itself, frame by frame and all at once; where it is not below "
        f"{ROUNDING:g} in float32, the model is taken in float64",
        f"one frame off: the same against the frame before; at least {SHIFTED:g}, so that the check can fail",
    ]
