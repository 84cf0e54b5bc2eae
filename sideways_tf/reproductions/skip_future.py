"""Skip-Sideways on future frames: the frame that will be seen k ticks later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gin

from mpvn.ranges import Count, Counts, Seeds
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import Outcome, Run, run_all, with_file
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import listed, of_each, over_seeds
from mpvn.results import tables
from sideways_tf.reproductions.support.runs import BINARY, file_name

# {measure of the evaluation: column}; with `copy_` before it, a measure is of the current frame as prediction.
MEASURES = {"mse": "MSE", "mse_moving": "MSE, moving pixels", "psnr": "PSNR, dB", "ssim": "SSIM"}
FORMATS = {"MSE": ".4f", "MSE, moving pixels": ".4f", "PSNR, dB": ".1f", "SSIM": ".3f"}


@gin.configurable("skip_future", module="skip_sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/skip_sideways/skip_future`.

    Attributes:
        seeds: of every row.
        ahead: distances, in frames.
        num_frames: of a clip, before those that are only predicted.
        wirings: {wiring: gin files that it adds}.
        gin_files: of every run.
    """

    seeds: Seeds
    ahead: Counts
    num_frames: Count
    wirings: Mapping[str, Sequence[str]]
    gin_files: Sequence[str]


def run(request: Request) -> None:
    """Trains every wiring for every distance, and writes a table and a strip of frames per distance.

    A file of the request is a row for every distance, with the settings of the first wiring. For other videos, give
    parameters: `train.data=@video_files` and where they are.
    """
    setting = settings.read(Settings, "skip_sideways/skip_future", request)
    runs = {}
    for ahead in setting.ahead:
        for wiring in setting.wirings:
            runs[ahead, wiring] = [_run(ahead, wiring, seed, setting, request) for seed in setting.seeds]
        base = runs[ahead, next(iter(setting.wirings))]
        for path in request.gin_files:
            runs[ahead, path.stem] = [with_file(one, path) for one in base]
    outcomes = run_all([one for of_row in runs.values() for one in of_row], request.folder / "runs")
    rows, pictures = [], []
    for ahead in setting.ahead:
        of_row = {
            wiring: [outcomes[one.name] for one in of_wiring]
            for (distance, wiring), of_wiring in runs.items()
            if distance == ahead
        }
        rows.append(_row(ahead, "the current frame", next(iter(of_row.values()))[:1], "copy_"))
        rows += [_row(ahead, wiring, found) for wiring, found in of_row.items()]
        pictures.append(_strip(request.folder, ahead, {wiring: found[0].folder for wiring, found in of_row.items()}))
    notes = [
        tables.machine(),
        f"scale {request.scale}: autoencoder with batch normalisation on moving_objects, clips of "
        f"{setting.num_frames} frames and those ahead, {settings.words(setting.gin_files[-1])}; seeds "
        f"{listed(setting.seeds)}, mean and 95% interval",
        "all with Sideways pseudo-gradients; frame added: the network puts out the change, and the current frame is "
        "added to it",
        "moving pixels: those that differ by more than 0.05 between the current frame and the one that is predicted",
        "the variants are ours; sums and concatenations read the frame as well as earlier subnetworks; no numbers of "
        "the paper are known",
    ]
    rows = tables.Rows(rows, FORMATS)
    request.report("skip_future", "Skip-Sideways: future frames", rows, notes, pictures, runs=of_each(outcomes))


def _run(ahead: int, wiring: str, seed: int, setting: Settings, request: Request) -> Run:
    return Run(
        f"ahead{ahead}_{file_name(wiring)}_{seed}",
        (*setting.gin_files, *setting.wirings[wiring]),
        params=(
            f'moving_objects.data_dir="{request.folder / "data"}"',
            f"moving_objects.num_frames={setting.num_frames + ahead}",
            f"future_frames.ahead={ahead}",
            f"train.seed={seed}",
            *request.params,
        ),
        binary=BINARY,
        data=f"{ahead} ahead",
    )


def _row(ahead: int, wiring: str, outcomes: Sequence[Outcome], prefix: str = "") -> dict[str, Any]:
    measures = {column: over_seeds(outcomes, prefix + measure) for measure, column in MEASURES.items()}
    return {"frames ahead": ahead, "wiring": wiring, **measures}


def _strip(folder: Path, ahead: int, model_dirs: Mapping[str, Path]) -> Path:
    """The current frame, the true one ahead, and what each wiring predicts, for a test clip."""
    import tensorflow as tf

    from mpvn.results.strips import PAGE, frame_rows
    from mpvn.runs.restore import restore

    rows: dict[str, Any] = {}
    for wiring, model_dir in model_dirs.items():
        gin.clear_config()
        restored = restore(str(model_dir))
        gin.clear_config()
        video, label = next(iter(restored.data.batches("test", 1)))
        frames, targets = restored.task.examples(video, label)
        first = restored.network.schedule.reach
        rows |= {"current frame": frames[0, first:].numpy(), f"{ahead} frames later": targets[0, first:].numpy()}
        rows[wiring] = restored.network.run(frames)[0, first:].numpy()
    path = folder / f"skip_future_{ahead}.png"
    tf.io.write_file(
        str(path), tf.io.encode_png(frame_rows(rows, f"{ahead} frames later", first, num_frames=8, shown=PAGE))
    )
    return path


RESULT = Result(run, made_of_runs=True, takes_rows=True)
