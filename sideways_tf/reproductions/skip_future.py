"""Skip-Sideways on future frames: the frame that will be seen k ticks later."""

from pathlib import Path

import gin

from mpvn.benchmarks import tables
from mpvn.reproductions import statistics
from mpvn.reproductions.runs import Run, run_all
from sideways_tf.reproductions.skips import folder_name, settings

# All our choice.
SETTINGS = {
    "smoke": {
        "seeds": (0,),
        "ahead": (1,),
        "variants": ("no skips", "concat, dense"),
        "params": (
            "moving_objects.num_frames=16",
            "moving_objects.size=16",
            "moving_objects.num_train=4",
            "moving_objects.num_test=4",
            "train.steps=2",
            "train.report_every=1",
            "train.batch_size=2",
            "autoencoder.width=0.05",
        ),
    },
    "small": {
        "seeds": (0, 1, 2),
        "ahead": (1, 4, 8),
        "variants": ("no skips", "sum, dense", "concat, dense"),
        "params": (
            "moving_objects.num_frames=64",
            "moving_objects.size=32",
            "moving_objects.fps=6",
            "moving_objects.num_train=400",
            "moving_objects.num_test=64",
            "train.steps=400",
            "train.report_every=100",
            "train.batch_size=8",
            "autoencoder.width=0.5",
        ),
    },
}
SETTINGS["paper"] = {
    **SETTINGS["small"],
    "params": (
        "moving_objects.num_frames=300",
        "moving_objects.size=112",
        "moving_objects.num_train=4000",
        "moving_objects.num_test=200",
        "train.steps=10000",
        "train.report_every=1000",
        "autoencoder.width=1.0",
    ),
}
MEASURES = {"mse": ("MSE", 4), "mse_moving": ("MSE, moving pixels", 4), "psnr": ("PSNR, dB", 1), "ssim": ("SSIM", 3)}


def run(scale: str, folder: Path, params=()) -> None:
    """Trains every variant on every distance, and writes a table and a strip of frames per distance.

    Args:
        scale: one of `SETTINGS`.
        folder: where all goes.
        params: gin settings for every run; for other videos, `train.data=@video_files` and where they are.
    """
    setting = SETTINGS[scale]
    runs = {
        (ahead, variant, seed): Run(
            f"ahead{ahead}_{folder_name(variant)}_{seed}",
            "sideways/future_moving_objects.gin",
            (
                f'moving_objects.data_dir="{folder / "data"}"',
                "moving_objects.num_validation=0",
                "train.validation_clips=0",
                *setting["params"],
                f"future_frames.ahead={ahead}",
                "network.skip=None",
                *settings(variant),
                f"train.seed={seed}",
                *params,
            ),
            "sideways_tf.train",
        )
        for ahead in setting["ahead"]
        for variant in setting["variants"]
        for seed in setting["seeds"]
    }
    outcomes = run_all(list(runs.values()), folder / "runs")
    rows, pictures = [], []
    for ahead in setting["ahead"]:
        found = {
            variant: [outcomes[runs[ahead, variant, seed].name].measures for seed in setting["seeds"]]
            for variant in setting["variants"]
        }
        copies = found["no skips"][0]
        copied = [{name: copies[f"copy_{name}"] for name in MEASURES}]
        rows.append(_row(ahead, "the current frame", copied))
        rows += [_row(ahead, variant, values) for variant, values in found.items()]
        pictures.append(_strip(folder, ahead, runs, setting))
    notes = [
        tables.machine(),
        f"scale {scale}: {', '.join(setting['params'])}; seeds {', '.join(map(str, setting['seeds']))}, mean and 95% "
        f"interval; Sideways, an update at every tick",
        "moving pixels: those that differ by more than 0.05 between the current frame and the one that is predicted",
        "the variants are ours, and read the frame as well as earlier subnetworks; no numbers of the paper are known",
    ]
    tables.report(folder, "skip_future", "Skip-Sideways: future frames", rows, notes, pictures)


def _row(ahead: int, wiring: str, found) -> dict:
    row = {"frames ahead": ahead, "wiring": wiring}
    for name, (title, digits) in MEASURES.items():
        row[title] = statistics.text([one[name] for one in found], digits)
    return row


def _strip(folder: Path, ahead: int, runs, setting) -> Path:
    """The current frame, the true one ahead, and what each variant predicts, for a test clip."""
    import tensorflow as tf

    from mpvn.pictures import frame_rows
    from mpvn.restored import restore

    rows = {}
    for variant in setting["variants"]:
        gin.clear_config()
        found = restore(str(folder / "runs" / runs[ahead, variant, setting["seeds"][0]].name))
        gin.clear_config()
        video, label = next(iter(found.data.batches("test", 1)))
        frames, targets = found.task.examples(video, label)
        first = found.network.schedule.reach
        rows |= {"current frame": frames[0, first:].numpy(), f"{ahead} frames later": targets[0, first:].numpy()}
        rows[f"Sideways, {variant}"] = found.network.run(frames)[0, first:].numpy()
    path = folder / f"skip_future_{ahead}.png"
    tf.io.write_file(str(path), tf.io.encode_png(frame_rows(rows, num_frames=8)))
    return path
