"""Precision: error, accuracy, speed and size of the same network in fewer bits, in other runtimes."""

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.progress import track

from mpvn.benchmarks.support.bundles import ENGINES, engines_of, size_of, timed
from mpvn.benchmarks.support.named import built, is_users, sizes_of
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.results import tables

if TYPE_CHECKING:
    from mpvn.bundles.manifest import Manifest
    from mpvn.exporting.of_run import Described

PRECISIONS = ("float32", "float16", "bfloat16", "int8")
MEASURES = ("accuracy", "loss")  # of a run's test clips
CALIBRATION = 256  # frames; our choice
NAMES = ("par_densenet", "par_inception", "simple_cnn", "vgg8")
FORMATS = {
    "error / spread": ".1e",
    "accuracy": ".4f",
    "loss": ".4f",
    "frames/s": ".1f",
    "to float32": ".2f",
    "on disk, MB": ".2f",
}


def run(
    networks: Sequence[str],
    sizes: Sequence[int],
    width: float = 1.0,
    engines: Sequence[str] = tuple(ENGINES),
    rounds: int = 3,
    seconds: float = 1.0,
) -> tables.Rows:
    """Exports networks in every precision, and measures each in every runtime on one thread.

    Args:
        networks: run folders, whose test clips say how good a precision is; or names in `mpvn.networks`, which have
            random weights and are calibrated on noise.
        sizes: heights and widths of frames of the named networks, in pixels.
        width: their width multiplier.
        engines: among `ENGINES`.
        rounds: how often rates are measured, in turn; medians count.
        seconds: of each measurement.
    """
    rows: list[dict[str, Any]] = []
    for name in networks:
        for size in sizes_of(name, sizes):
            with tempfile.TemporaryDirectory() as folder:
                rows += _of_network(name, size, width, engines, rounds, seconds, Path(folder))
    return tables.Rows(rows, FORMATS)


def _of_network(
    name: str, size: int, width: float, engines: Sequence[str], rounds: int, seconds: float, folder: Path
) -> list[dict[str, Any]]:
    import mpvn

    described = _described(name, size, width)
    formats = [ENGINES[engine] for engine in engines]
    manifests = {
        precision: mpvn.export(
            described.network,
            folder / precision,
            formats,
            1,
            precision,
            calibration=described.calibration if precision == "int8" else None,
            check=described.calibration,
        )
        for precision in track(PRECISIONS, description="exporting", transient=True)
    }
    made = [(engine, precision) for engine in engines for precision in PRECISIONS if _has(manifests, engine, precision)]
    rates: dict[tuple[str, str], list[float]] = {key: [] for key in made}
    for engine, precision in track(made * rounds, description="measuring", transient=True):
        rates[engine, precision].append(timed(folder / precision, engine, 1, 1, seconds)["step"])
    good = _measures(name, folder, made) if is_users(name) else {}
    title = described.network.name if is_users(name) else f"{name}, {size} px"
    return [
        {
            "network": title,
            "engine": engine,
            "precision": precision,
            "error / spread": manifests[precision].formats[ENGINES[engine]].error,
            **good.get((engine, precision), dict.fromkeys(MEASURES, "")),
            "frames/s": statistics.median(rates[engine, precision]),
            "to float32": statistics.median(rates[engine, precision]) / statistics.median(rates[engine, "float32"]),
            "on disk, MB": size_of(folder / precision / ENGINES[engine]),
        }
        for engine, precision in made
    ]


def _has(manifests: "dict[str, Manifest]", engine: str, precision: str) -> bool:
    """Whether a runtime supports a precision: others keep float32."""
    return manifests[precision].formats[ENGINES[engine]].precision == precision


def _described(name: str, size: int, width: float) -> "Described":
    import numpy as np

    from mpvn.exporting.of_run import Described, of_run

    if is_users(name):
        return of_run(name, calibration_frames=CALIBRATION)
    network = built(name, size, width, num_classes=200)
    noise = np.random.default_rng(0).random((CALIBRATION // 16, *network.frame_shape), np.float32)
    return Described(network, calibration=noise * (network.preprocessing.white or 1))


def _measures(name: str, folder: Path, made: Sequence[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Accuracy and loss of each precision on a run's test clips."""
    from mpvn.runs.bindings import apart
    from mpvn.runs.bundled_clips import BundledClips
    from mpvn.runs.evaluation import evaluate
    from mpvn.runs.restore import restore

    with apart():
        run = restore(name)
        bundles = {f"{key}": BundledClips(folder / key[1], key[0], run.network) for key in made}
        results = evaluate(run.task, bundles, run.data.batches("test", 8, annotation=run.task.annotation))
    return {key: {measure: results[f"{key}"].means.get(measure, "") for measure in MEASURES} for key in made}


def _notes(rounds: int) -> list[str]:
    return [
        tables.machine(),
        f"batch 1, one frame per call, one thread; medians of {rounds} rounds in turn, each in a process of its own",
        "error: largest difference from the package's outputs, in standard deviations of these",
        f"calibration: {CALIBRATION} frames of the run's training clips; of noise where a network is called by name",
        "accuracy and loss: as trained, mean over the valid ticks of the test clips",
    ]


def _measure(request: Request) -> None:
    rounds = request.flags.rounds
    rows = run(request.networks, request.sizes, request.flags.width, engines_of(request), rounds)
    request.report("precision", "Precision", rows, _notes(rounds))


SUITE = Suite(
    _measure,
    heeds=("networks", "sizes", "width", "rounds", "engines"),
    networks=NAMES,
    usual_networks=("par_densenet",),
    usual_sizes=(112,),
    takes_files=True,
)
