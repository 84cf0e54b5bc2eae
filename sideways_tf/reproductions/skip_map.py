"""Where pseudo-gradients can teach motion: accuracy against staleness and against motion per tick."""

from pathlib import Path

import numpy as np

from mpvn.benchmarks import tables
from mpvn.data import sources
from mpvn.networks import simple_cnn
from mpvn.reproductions import curves, statistics
from mpvn.reproductions.runs import Run, run_all
from mpvn.skip_connections import with_skips
from sideways_tf.reproductions.skips import SMOKE, folder_name, walkers_run

WIRING = "concat, dense"
# All our choice. Units that begin a subnetwork after the first; more subnetworks mean staler gradients.
CUTS = {
    2: ("conv3",),
    3: ("conv2", "conv3"),
    4: ("conv2", "conv3", "conv4"),
    6: ("conv2", "conv3", "conv4", "conv5", "head"),
}
SETTINGS = {
    "smoke": {
        "seeds": (0,),
        "cuts": (3,),
        "fps": (8,),
        "params": SMOKE,
    },
    "small": {
        "seeds": (0,),
        "cuts": (2, 3, 4, 6),
        "fps": (8, 25),
        "params": (
            "walkers.num_frames=10",
            "walkers.size=32",
            "walkers.num_train=40000",
            "walkers.num_test=2400",
            "train.steps=2000",
            "train.report_every=500",
            "train.batch_size=64",
            "train.learning_rate=3e-3",
            "simple_cnn.width=0.25",
        ),
    },
}
SETTINGS["paper"] = SETTINGS["small"] | {"seeds": (0, 1, 2), "fps": (4, 8, 16, 25, 50)}


def run(scale: str, folder: Path, params=()) -> None:
    """Trains one wiring over cuts and frame rates, Sideways and exact; arguments as for `skip_action.run`."""
    setting = SETTINGS[scale]
    runs = {
        (count, fps, gradients, seed): _run(count, fps, gradients, seed, setting, folder, params)
        for fps in setting["fps"]
        for count in setting["cuts"]
        for gradients in ("sideways", "exact")
        for seed in setting["seeds"]
    }
    outcomes = run_all(list(runs.values()), folder / "runs")
    network = with_skips(simple_cnn(6, (32, 32, 3), 0.1), "concat", "dense", frame=True)
    rows, panels = [], {"against staleness": {}, "against motion": {}}
    for fps in setting["fps"]:
        motion = _motion(fps, setting, folder)
        for count in setting["cuts"]:
            schedule = network.parallel(boundaries=CUTS[count]).schedule
            stalest = max(schedule.path_staleness["conv1"])
            found = {
                gradients: [
                    100 * outcomes[runs[count, fps, gradients, seed].name].measures["accuracy"]
                    for seed in setting["seeds"]
                ]
                for gradients in ("sideways", "exact")
            }
            rows.append(
                {
                    "subnetworks": count,
                    "frames/s": fps,
                    "stalest cotangent, frames": stalest,
                    "motion per tick, px": f"{motion:.2f}",
                    "motion within the staleness, px": f"{motion * stalest:.1f}",
                    **{f"{name}, %": statistics.text(values) for name, values in found.items()},
                }
            )
            for name, values in found.items():
                mean = sum(values) / len(values)
                label = "Sideways" if name == "sideways" else "exact"
                panels["against staleness"].setdefault(f"{label}, {fps} frames/s", []).append((stalest, mean))
                panels["against motion"].setdefault(f"{label}, {count} subnetworks", []).append((motion, mean))
    pictures = []
    for title, lines in panels.items():
        across = "stalest cotangent, frames" if title.endswith("staleness") else "motion per tick, px"
        lines = {label: sorted(points) for label, points in lines.items()}
        path = folder / f"skip_map_{title.split()[-1]}.png"
        pictures.append(curves.draw({title: lines}, path, across, "accuracy on motion classes, %", ""))
    notes = [
        tables.machine(),
        f"scale {scale}: Simple-CNN with batch normalisation, {WIRING}, on motion classes of walkers, "
        f"{', '.join(setting['params'])}; seeds {', '.join(map(str, setting['seeds']))}",
        "the stalest cotangent is that of the longest path to the first subnetwork; motion: mean distance that joints "
        "which can be seen go from frame to frame; the pairs can be told without seeing motion, which is 50%",
    ]
    tables.report(folder, "skip_map", "Skip-Sideways: staleness and motion", rows, notes, pictures)


def _run(count, fps, gradients, seed, setting, folder, params) -> Run:
    given = (
        *setting["params"],
        f"walkers.fps={fps}",
        f"network.boundaries={list(CUTS[count])}",
        "network.num_subnetworks=None",
        *params,
    )
    name = f"map_{folder_name(WIRING)}_{count}_{fps}fps_{gradients}_{seed}"
    return walkers_run(name, "motion", WIRING, gradients, seed, folder, given)


def _motion(fps, setting, folder) -> float:
    """Mean distance in pixels that a joint goes from one frame to the next, in test clips."""
    chosen = {}
    for param in setting["params"]:
        name, _, value = param.partition("=")
        if name.startswith("walkers."):
            chosen[name.removeprefix("walkers.")] = int(value)
    data = sources.walkers(**chosen, num_validation=0, fps=fps, classes="motion", data_dir=str(folder / "data"))
    _, joints = next(iter(data.batches("test", 64, annotation="joints")))
    joints = joints.numpy()
    moved = np.linalg.norm(np.diff(joints[..., :2], axis=1), axis=-1)
    seen = joints[:, 1:, :, 2] * joints[:, :-1, :, 2]
    return float((moved * seen).sum() / seen.sum())
