"""Fig. 5: predicted joints on test clips, sequential and parallel."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gin
import numpy as np

from mpvn.ranges import CountOrZero, Counts
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import run_all
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.variants import NO_JOINTS, Variant, run_of
from mpvn.results import tables

NUM_CLIPS = 2


@gin.configurable("fig5", module="mpvn")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/mpvn/fig5`.

    Attributes:
        seed: of all runs.
        network: that is trained.
        subnetworks: into how many it is cut.
        clocks: False for rows without clocks, True for rows with them.
        gin_files: of every run.
    """

    seed: CountOrZero
    network: str
    subnetworks: Counts
    clocks: Sequence[bool]
    gin_files: Sequence[str]


def run(request: Request) -> None:
    """Trains the sequential and the most parallel network, with and without clocks, and draws what they predict.

    Every clip is a row of frames with predicted joints as circles and true ones as triangles, for each network one.
    """
    setting = settings.read(Settings, "mpvn/fig5", request, NO_JOINTS)
    variants = [
        Variant(setting.network, count, clocks=clocks) for clocks in setting.clocks for count in setting.subnetworks
    ]
    runs = {variant: run_of(variant, "keypoints", setting.gin_files, setting.seed, request) for variant in variants}
    outcomes = run_all(list(runs.values()), request.folder / "runs")
    pictures = [
        _draw(request.folder / "runs" / run.name, request.folder / f"fig5_{variant.folder}.png")
        for variant, run in runs.items()
    ]
    rows = [
        {
            "network": variant.network,
            "subnetworks": variant.subnetworks,
            "clocks": "halving" if variant.clocks else "none",
            "joint error, px": outcomes[run.name].measures["joint_error"],
        }
        for variant, run in runs.items()
    ]
    notes = [
        tables.machine(),
        f"scale {request.scale}: walkers, seed {setting.seed}; the pictures show test clips",
    ]
    rows = tables.Rows(rows, {"joint error, px": ".2f"})
    request.report("fig5", "Fig. 5: predicted joints", rows, notes, pictures)


def _draw(model_dir: Path, path: Path) -> Path:
    """Draws test clips of different actions, one below the other."""
    import tensorflow as tf

    from mpvn.results.strips import PAGE, stacked
    from mpvn.runs.restore import restore
    from mpvn.tasks import Keypoints

    gin.clear_config()
    restored = restore(str(model_dir))
    gin.clear_config()
    video, targets = next(iter(restored.data.batches("test", NUM_CLIPS, annotation=restored.task.annotation)))
    outputs = restored.network.run(video)[:, restored.network.schedule.valid_from :].numpy()
    clips = zip(video.numpy(), targets.numpy(), outputs, strict=True)
    assert isinstance(restored.task, Keypoints)
    strips = [restored.task.picture(restored.data, *clip, size=224, per_line=4, shown=PAGE) for clip in clips]
    tf.io.write_file(str(path), tf.io.encode_png(np.concatenate(stacked(strips))))
    return path


RESULT = Result(run, made_of_runs=True)
