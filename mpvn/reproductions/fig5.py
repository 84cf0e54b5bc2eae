"""Fig. 5: predicted joints on test clips, sequential and parallel."""

from pathlib import Path

import gin
import numpy as np

from mpvn.reproductions.batch import run_all
from mpvn.reproductions.variants import Variant, run_of, settings_of
from mpvn.results import tables

NUM_CLIPS = 2


def run(scale: str, folder: Path, params=()) -> None:
    """Trains the sequential and the most parallel network, with and without clocks, and draws what they predict.

    Every clip is a row of frames with predicted joints as circles and true ones as triangles, for each network one.
    Arguments as for `table1.run`.
    """
    setting = settings_of(scale)
    network, levels = list(setting["levels"]["keypoints"].items())[-1]
    choices = (False,) if scale == "smoke" else (False, True)
    variants = [Variant(network, count, clocks=clocks) for clocks in choices for count in (levels[-1], levels[0])]
    runs = [run_of(v, "keypoints", scale, folder, setting["seeds"][0], params) for v in variants]
    outcomes = run_all(runs, folder / "runs")
    pictures = [
        _draw(folder / "runs" / one.name, folder / f"fig5_{v.folder}.png")
        for v, one in zip(variants, runs, strict=True)
    ]
    rows = [
        {
            "network": network,
            "subnetworks": v.subnetworks,
            "clocks": "halving" if v.clocks else "none",
            "joint error, px": f"{outcomes[one.name].measures['joint_error']:.2f}",
        }
        for v, one in zip(variants, runs, strict=True)
    ]
    notes = [tables.machine(), f"scale {scale}: walkers, seed {setting['seeds'][0]}; the pictures show test clips"]
    tables.report(folder, "fig5", "Fig. 5: predicted joints", rows, notes, pictures)


def _draw(model_dir: Path, path: Path) -> Path:
    """Draws test clips of different actions, one below the other."""
    import tensorflow as tf

    from mpvn.runs.restore import restore

    gin.clear_config()
    found = restore(str(model_dir))
    gin.clear_config()
    video, targets = next(iter(found.data.batches("test", NUM_CLIPS, annotation=found.task.annotation)))
    outputs = found.network.run(video)[:, found.network.schedule.valid_from :].numpy()
    clips = zip(video.numpy(), targets.numpy(), outputs, strict=True)
    strips = [found.task.picture(found.data, *clip) for clip in clips]
    tf.io.write_file(str(path), tf.io.encode_png(np.concatenate(strips)))
    return path
