"""Skip-Sideways on future frames: the frame that will be seen k ticks later."""

from pathlib import Path

import gin

from mpvn.reproductions.batch import Run, run_all
from mpvn.results import intervals as statistics
from mpvn.results import tables
from sideways_tf.reproductions.skips import folder_name, settings

ADDED = ("network.residual=True",)
NOT_ADDED = ("network.residual=False",)
# {wiring: gin settings}; "plain" is the autoencoder without skip connections.
WIRINGS = {
    "plain": ("network.skip=None", *NOT_ADDED),
    "sum, dense": (*settings("sum, dense"), *NOT_ADDED),
    "concat, dense": (*settings("concat, dense"), *NOT_ADDED),
    "frame added": ("network.skip=None", *ADDED),
    "frame added; sum, dense": (*settings("sum, dense"), *ADDED),
    "frame added; concat, dense": (*settings("concat, dense"), *ADDED),
}
# All our choice. `frames`: of a clip, before those that are only predicted.
SETTINGS = {
    "smoke": {
        "seeds": (0,),
        "ahead": (1,),
        "wirings": ("plain", "frame added; concat, dense"),
        "frames": 15,
        "params": (
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
        "wirings": ("plain", "concat, dense", "frame added", "frame added; concat, dense"),
        "frames": 8,
        "params": (
            "moving_objects.size=32",
            "moving_objects.fps=6",
            "moving_objects.num_train=6000",
            "moving_objects.num_test=300",
            "train.steps=2000",
            "train.report_every=200",
            "train.batch_size=16",
            "train.learning_rate=2e-3",
            "autoencoder.width=0.5",
            'network.boundaries=["conv2", "conv3"]',
        ),
    },
}
SETTINGS["paper"] = {
    **SETTINGS["small"],
    "wirings": tuple(WIRINGS),
    "frames": 292,
    "params": (
        "moving_objects.size=112",
        "moving_objects.num_train=4000",
        "moving_objects.num_test=200",
        "train.steps=10000",
        "train.report_every=1000",
        "train.batch_size=4",
        "autoencoder.width=1.0",
        'SidewaysModel.engine="ticked"',
        'network.boundaries=["conv2", "conv3", "conv4", "conv5", "decoder"]',
    ),
}
MEASURES = {"mse": ("MSE", 4), "mse_moving": ("MSE, moving pixels", 4), "psnr": ("PSNR, dB", 1), "ssim": ("SSIM", 3)}


def run(scale: str, folder: Path, params=()) -> None:
    """Trains every wiring for every distance, and writes a table and a strip of frames per distance.

    Args:
        scale: one of `SETTINGS`.
        folder: where all goes.
        params: gin settings for every run; for other videos, `train.data=@video_files` and where they are.
    """
    setting = SETTINGS[scale]
    runs = {
        (ahead, wiring, seed): Run(
            f"ahead{ahead}_{folder_name(wiring)}_{seed}",
            "sideways/future_moving_objects.gin",
            (
                f'moving_objects.data_dir="{folder / "data"}"',
                "moving_objects.num_validation=0",
                "train.validation_clips=0",
                f"moving_objects.num_frames={setting['frames'] + ahead}",
                *setting["params"],
                f"future_frames.ahead={ahead}",
                *WIRINGS[wiring],
                f"train.seed={seed}",
                *params,
            ),
            "sideways_tf.train",
            data=f"{ahead} ahead",
        )
        for ahead in setting["ahead"]
        for wiring in setting["wirings"]
        for seed in setting["seeds"]
    }
    outcomes = run_all(list(runs.values()), folder / "runs")
    rows, pictures = [], []
    for ahead in setting["ahead"]:
        found = {
            wiring: [outcomes[runs[ahead, wiring, seed].name].measures for seed in setting["seeds"]]
            for wiring in setting["wirings"]
        }
        copies = found["plain"][0]
        copied = [{name: copies[f"copy_{name}"] for name in MEASURES}]
        rows.append(_row(ahead, "the current frame", copied))
        rows += [_row(ahead, wiring, values) for wiring, values in found.items()]
        pictures.append(_strip(folder, ahead, runs, setting))
    notes = [
        tables.machine(),
        f"scale {scale}: autoencoder with batch normalisation on moving_objects, clips of {setting['frames']} frames "
        f"and those ahead, {', '.join(setting['params'])}; seeds {', '.join(map(str, setting['seeds']))}, mean and 95% "
        f"interval",
        "all with Sideways pseudo-gradients; frame added: the network puts out the change, and the current frame is "
        "added to it",
        "moving pixels: those that differ by more than 0.05 between the current frame and the one that is predicted",
        "the variants are ours; sums and concatenations read the frame as well as earlier subnetworks; no numbers of "
        "the paper are known",
    ]
    tables.report(folder, "skip_future", "Skip-Sideways: future frames", rows, notes, pictures)


def _row(ahead: int, wiring: str, found) -> dict:
    row = {"frames ahead": ahead, "wiring": wiring}
    for name, (title, digits) in MEASURES.items():
        row[title] = statistics.text([one[name] for one in found], digits)
    return row


def _strip(folder: Path, ahead: int, runs, setting) -> Path:
    """The current frame, the true one ahead, and what each wiring predicts, for a test clip."""
    import tensorflow as tf

    from mpvn.results.pictures import frame_rows
    from mpvn.runs.restore import restore

    rows = {}
    for wiring in setting["wirings"]:
        gin.clear_config()
        found = restore(str(folder / "runs" / runs[ahead, wiring, setting["seeds"][0]].name))
        gin.clear_config()
        video, label = next(iter(found.data.batches("test", 1)))
        frames, targets = found.task.examples(video, label)
        first = found.network.schedule.reach
        rows |= {"current frame": frames[0, first:].numpy(), f"{ahead} frames later": targets[0, first:].numpy()}
        rows[wiring] = found.network.run(frames)[0, first:].numpy()
    path = folder / f"skip_future_{ahead}.png"
    tf.io.write_file(str(path), tf.io.encode_png(frame_rows(rows, num_frames=8)))
    return path
