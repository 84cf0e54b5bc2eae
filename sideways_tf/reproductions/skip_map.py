"""Where pseudo-gradients can teach motion: accuracy against staleness and against motion per tick."""

from collections import defaultdict
from pathlib import Path

import numpy as np

from mpvn.data import sources
from mpvn.networks import simple_cnn
from mpvn.reproductions.batch import Run, run_all
from mpvn.results import curves, tables
from mpvn.results import intervals as statistics
from mpvn.transforms.skip_connections import with_skips
from sideways_tf.reproductions.skips import METHODS, VARIANTS, folder_name, walkers_run

WIRING = "concat, next but one"
# All our choice. Units that begin a subnetwork after the first; more subnetworks mean staler gradients.
CUTS = {
    2: ("conv3",),
    3: ("conv2", "conv3"),
    4: ("conv2", "conv3", "conv4"),
    6: ("conv2", "conv3", "conv4", "conv5", "head"),
}
# `points`: (number of subnetworks, frames per second). Clips have two frames for each subnetwork, so that the longest
# way to the first one and back has been gone at the last ticks.
SETTINGS = {
    "smoke": {
        "seeds": (0,),
        "points": ((3, 8),),
        "walkers": {"size": 32, "num_train": 48, "num_test": 24},
        "params": ("train.steps=2", "train.report_every=1", "train.batch_size=4", "simple_cnn.width=0.1"),
    },
    "small": {
        "seeds": (0,),
        "points": ((2, 8), (3, 4), (3, 8), (3, 25), (4, 8), (6, 8)),
        "walkers": {"size": 32, "num_train": 40000, "num_test": 2400},
        "params": (
            "train.steps=3000",
            "train.report_every=500",
            "train.batch_size=64",
            "train.learning_rate=3e-3",
            "train.decay='cosine'",
            "simple_cnn.width=0.25",
        ),
    },
}
SETTINGS["paper"] = SETTINGS["small"] | {
    "seeds": (0, 1, 2),
    "points": tuple((count, fps) for count in CUTS for fps in (4, 8, 16, 25, 50)),
}


def run(scale: str, folder: Path, params=()) -> None:
    """Trains one wiring over cuts and frame rates, Sideways and exact; arguments as for `skip_action.run`."""
    setting = SETTINGS[scale]
    runs = {
        (count, fps, method, seed): _run(count, fps, METHODS[method], seed, setting, folder, params)
        for count, fps in setting["points"]
        for method in METHODS
        for seed in setting["seeds"]
    }
    outcomes = run_all(list(runs.values()), folder / "runs")
    skip, span, frame = VARIANTS[WIRING]
    network = with_skips(simple_cnn(6, (32, 32, 3), 0.1), skip, span, frame=frame)
    rows, over_staleness, over_motion = [], defaultdict(list), defaultdict(list)
    for count, fps in setting["points"]:
        motion = _motion(count, fps, setting, folder)
        stalest = max(network.parallel(boundaries=CUTS[count]).schedule.path_staleness["conv1"])
        row = {
            "subnetworks": count,
            "frames/s": fps,
            "stalest cotangent, frames": stalest,
            "motion per tick, px": f"{motion:.2f}",
            "motion within the staleness, px": f"{motion * stalest:.1f}",
        }
        for method in METHODS:
            found = [
                100 * outcomes[runs[count, fps, method, seed].name].measures["accuracy"] for seed in setting["seeds"]
            ]
            row[f"{method}, %"] = statistics.text(found)
            mean = sum(found) / len(found)
            over_staleness[f"{method}, {fps} frames/s"].append((stalest, mean))
            over_motion[f"{method}, {count} subnetworks"].append((motion, mean))
        rows.append(row)
    pictures = [
        _draw(over_staleness, folder / "skip_map_staleness.png", "stalest cotangent, frames"),
        _draw(over_motion, folder / "skip_map_motion.png", "motion per tick, px"),
    ]
    notes = [
        tables.machine(),
        f"scale {scale}: Simple-CNN with batch normalisation, {WIRING}, on motion classes of walkers, "
        f"{', '.join(f'{name} {value}' for name, value in setting['walkers'].items())}, clips of two frames for each "
        f"subnetwork, {', '.join(setting['params'])}; seeds {', '.join(map(str, setting['seeds']))}",
        "the stalest cotangent is that of the longest path to the first subnetwork; motion: mean distance that joints "
        "which can be seen go from frame to frame; the pairs can be told without seeing motion, which is 50%",
    ]
    tables.report(folder, "skip_map", "Skip-Sideways: staleness and motion", rows, notes, pictures)


def _draw(lines, path: Path, across: str) -> Path:
    """Draws the lines that have several points, or all if none has."""
    several = {label: sorted(points) for label, points in lines.items() if len(points) > 1}
    return curves.draw({"": several or lines}, path, across, "accuracy on motion classes, %", "")


def _run(count, fps, gradients, seed, setting, folder, params) -> Run:
    given = (
        f"walkers.num_frames={2 * count}",
        f"walkers.fps={fps}",
        *(f"walkers.{name}={value}" for name, value in setting["walkers"].items()),
        *setting["params"],
        f"network.boundaries={list(CUTS[count])}",
        "network.num_subnetworks=None",
        *params,
    )
    name = f"map_{folder_name(WIRING)}_{count}_{fps}fps_{gradients}_{seed}"
    return walkers_run(name, "motion", WIRING, gradients, seed, folder, given)


def _motion(count, fps, setting, folder) -> float:
    """Mean distance in pixels that a joint goes from one frame to the next, in test clips."""
    data = sources.walkers(
        num_frames=2 * count,
        fps=fps,
        **setting["walkers"],
        num_validation=0,
        classes="motion",
        data_dir=str(folder / "data"),
    )
    _, joints = next(iter(data.batches("test", 64, annotation="joints")))
    joints = joints.numpy()
    moved = np.linalg.norm(np.diff(joints[..., :2], axis=1), axis=-1)
    seen = joints[:, 1:, :, 2] * joints[:, :-1, :, 2]
    return float((moved * seen).sum() / seen.sum())
