"""Exports a network as a checked bundle."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mpvn.bundles.engines import ENGINES, installed
from mpvn.bundles.manifest import Manifest
from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.exporting import calibration as calibrating
from mpvn.exporting.beginning import check_arguments
from mpvn.exporting.bundle import Parts, finished, whole_or_not
from mpvn.exporting.checking import frames_needed, largest_error, of_package
from mpvn.exporting.formats import write_formats
from mpvn.exporting.kinds import FORMATS, Precision
from mpvn.exporting.plain import plain_network
from mpvn.model.network import VideoNetwork
from mpvn.ranges import Count, PositiveOrZero

BOUND = 1e-4  # error of float32 outputs, in units of their spread; our choice
SEED = 0


class TooFar(InputError):
    """A bundle's outputs differ from those of the network, although the input was valid."""

    exit_code = 1


@checked
def export(
    network: VideoNetwork,
    folder: str | os.PathLike[str],
    formats: Sequence[str] = FORMATS,
    frames_per_call: Count | None = None,
    precision: Precision = "float32",
    *,
    batch_size: Count = 1,
    workers: Count = 1,
    calibration: np.ndarray | None = None,
    check: np.ndarray | None = None,
    max_error: PositiveOrZero | None = None,
    labels: Sequence[str] | None = None,
    settings: str | None = None,
) -> Manifest:
    """Exports a network for other runtimes: a folder of models with a manifest, a *bundle*; see docs/deployment.md.

    The models are stateless: they take frames and registers, and return outputs and registers. There is a graph for
    each phase of the schedule, so nothing is decided at run time. `mpvn.Runtime` runs the models.

    Args:
        network: a VideoNetwork.
        folder: folder of the bundle; it must be new or empty.
        formats: any of `"saved_model"`, `"litert"`, `"onnx"` and `"openvino"`.
        frames_per_call: 1 for the lowest latency, or a multiple of the hyper-period for the highest rate; by default
            both 1 and the hyper-period (16 if the hyper-period is 1).
        precision: `"float32"`; `"float16"` for weights; `"bfloat16"`, if the runtime computes in it (OpenVINO);
            `"int8"`, after calibration. Formats without this precision stay float32, as the manifest says.
        batch_size: number of parallel streams.
        workers: number of threads that run the network in parallel, each with some of the subnetworks; they exchange
            registers at every tick, so `frames_per_call` must be 1 for more than one worker.
        calibration: frames [time, *frame] in the network's range, for int8: several hyper-periods of typical video.
        check: frames [time, *frame] on which the bundle is compared with the network, over more than two hyper-periods;
            too few frames are repeated; by default seeded noise.
        max_error: largest error, in units of the spread (standard deviation) of the outputs; by default 1e-4 in
            float32, and no limit in other precisions, where the manifest records the error.
        labels: names of classes, for the manifest.
        settings: gin text of the run that trained the network; tells `mpvn.stream_video` what to draw.

    Returns:
        The manifest, which is also in the folder.

    Raises:
        InputError: an argument is wrong, the folder is not empty, a package is missing, or a unit cannot be exported;
            nothing is written.
        TooFar: the error is above `max_error`; nothing is written.

    Ours: the papers end with the trained network.
    """
    check_arguments(Path(folder), formats, precision, calibration)
    network = plain_network(network)
    parts = Parts.of(network, frames_per_call, batch_size, workers)
    with whole_or_not(Path(folder)) as partial:
        examples = None
        if calibration is not None and precision == "int8":
            examples = calibrating.examples(parts, _streams(network, calibration, "calibration", batch_size))
        manifest = parts.manifest(labels, settings)
        entries = write_formats(parts, partial, formats, precision, examples)
        manifest = finished(manifest, entries, network, settings, partial)
        errors = _errors(parts, partial, manifest, check)
        for format, error in errors.items():
            entries[format] = replace(entries[format], error=error)
            bound = max_error if max_error is not None else BOUND if precision == "float32" else None
            if bound is not None and error > bound:
                raise TooFar(
                    f"the outputs of format {format!r} differ from the network's by {error:.2g} of their spread: "
                    f"expected at most {bound:g}; nothing was written"
                )
        return finished(manifest, entries, network, settings, partial)


def _errors(parts: Parts, folder: Path, manifest: Manifest, check: np.ndarray | None) -> Mapping[str, float]:
    """{format: largest error} for the formats whose runtime is installed."""
    lengths = {graph.ticks for graph in parts.graphs}
    needed = frames_needed(parts.network.schedule, lengths)
    if check is None:
        random = np.random.default_rng(SEED)
        white = parts.network.preprocessing.white or 1.0
        shape = (needed, *parts.network.frame_shape)
        check = random.uniform(0, white, shape).astype(np.float32)
    frames = _streams(parts.network, check, "check", parts.batch_size)
    frames = frames[np.arange(needed) % len(frames)]
    outputs = of_package(parts.network, frames, lengths)
    found = {}
    for name, kind in ENGINES.items():
        if kind.format in manifest.formats and installed(kind):
            found[kind.format] = largest_error(folder, name, frames, outputs)
    return found


def _streams(network: VideoNetwork, frames: np.ndarray, what: str, batch_size: int) -> np.ndarray:
    """Frames [time, *frame] as float32 [time, batch, *frame]; each stream begins at a different frame."""
    frames = np.asarray(frames)
    if frames.ndim != 1 + len(network.frame_shape) or frames.shape[1:] != network.frame_shape or not len(frames):
        expected = ", ".join(["time", *map(str, network.frame_shape)])
        raise InputError(f"{what} has shape {list(frames.shape)}: expected [{expected}]")
    if frames.dtype == np.uint8:
        frames = frames * np.float32((network.preprocessing.white or 255) / 255)
    shifted = [np.roll(frames, -i * len(frames) // batch_size, 0) for i in range(batch_size)]
    return np.stack(shifted, 1).astype(np.float32)
