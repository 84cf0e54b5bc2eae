"""Where pseudo-gradients can teach motion: accuracy against staleness and against motion per tick."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import gin
import numpy as np

from mpvn.ranges import Seeds
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import Run, run_all
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import PERCENT, listed, of_each, over_seeds
from mpvn.results import curves, tables
from mpvn.results.intervals import Interval
from sideways_tf.reproductions.support.runs import file_name
from sideways_tf.reproductions.support.skips import GRADIENTS, walkers_run

FORMATS = {
    "motion per tick, px": ".2f",
    "motion within the staleness, px": ".1f",
    **{f"{gradients}, %": ".1f" for gradients in GRADIENTS},
}
NUM_CLIPS = 64  # whose motion is measured

Point = tuple[int, int]


@gin.configurable("skip_map", module="skip_sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/skip_sideways/skip_map`.

    Attributes:
        seeds: of every point.
        wiring: its name; what it is stands in `gin_files`.
        points: pairs (number of subnetworks, frames per second).
        cuts: {number of subnetworks: units that begin one after the first}.
        gin_files: of every run.
    """

    seeds: Seeds
    wiring: str
    points: Sequence[Point]
    cuts: Mapping[int, Sequence[str]]
    gin_files: Sequence[str]


def run(request: Request) -> None:
    """Trains one wiring over cuts and frame rates, Sideways and exact."""
    setting = settings.read(Settings, "skip_sideways/skip_map", request)
    runs = {
        (point, gradients): [_run(point, gradients, seed, setting, request) for seed in setting.seeds]
        for point in setting.points
        for gradients in GRADIENTS
    }
    outcomes = run_all([one for of_point in runs.values() for one in of_point], request.folder / "runs")
    rows, over_staleness, over_motion = [], defaultdict(list), defaultdict(list)
    for count, fps in setting.points:
        of_row = {
            gradients: over_seeds([outcomes[one.name] for one in runs[(count, fps), gradients]], "accuracy", PERCENT)
            for gradients in GRADIENTS
        }
        stalest, motion = _staleness_and_motion(request.folder / "runs" / runs[(count, fps), "Sideways"][0].name)
        for gradients, accuracy in of_row.items():
            over_staleness[f"{gradients}, {fps} frames/s"].append((stalest, accuracy))
            over_motion[f"{gradients}, {count} subnetworks"].append((motion, accuracy))
        rows.append(
            {
                "subnetworks": count,
                "frames/s": fps,
                "stalest cotangent, frames": stalest,
                "motion per tick, px": motion,
                "motion within the staleness, px": motion * stalest,
                **{f"{gradients}, %": accuracy for gradients, accuracy in of_row.items()},
            }
        )
    pictures = [
        _draw(over_staleness, request, "skip_map_staleness.png", "stalest cotangent, frames"),
        _draw(over_motion, request, "skip_map_motion.png", "motion per tick, px"),
    ]
    notes = [
        tables.machine(),
        f"scale {request.scale}: Simple-CNN with batch normalisation, {setting.wiring}, on motion classes of walkers, "
        f"clips of two frames for each subnetwork, {settings.words(setting.gin_files[-1])}; seeds "
        f"{listed(setting.seeds)}",
        "the stalest cotangent is that of the longest path to the first subnetwork; motion: mean distance that joints "
        "which can be seen go from frame to frame; the pairs can be told without seeing motion, which is 50%",
    ]
    title = "Skip-Sideways: staleness and motion"
    request.report("skip_map", title, tables.Rows(rows, FORMATS), notes, pictures, runs=of_each(outcomes))


def motion_per_tick(joints: np.ndarray) -> float:
    """Mean distance in pixels that a joint goes from one frame to the next, where both frames show it.

    Args:
        joints: [clips, time, joints, 3], (x, y) in pixels and 1 where it can be seen, else 0.
    """
    moved = np.linalg.norm(np.diff(joints[..., :2], axis=1), axis=-1)
    seen = joints[:, 1:, :, 2] * joints[:, :-1, :, 2]
    return float((moved * seen).sum() / seen.sum())


def _staleness_and_motion(model_dir: Path) -> tuple[int, float]:
    """The stalest cotangent of a run's first unit in frames, and the motion in its test clips."""
    from mpvn.runs.restore import restore

    gin.clear_config()
    restored = restore(str(model_dir))
    gin.clear_config()
    schedule = restored.network.schedule
    _, joints = next(iter(restored.data.batches("test", NUM_CLIPS, annotation="joints")))
    return max(schedule.path_staleness[schedule.units[0].name]), motion_per_tick(joints.numpy())


def _draw(
    lines: Mapping[str, Sequence[tuple[float, float | Interval]]], request: Request, name: str, across: str
) -> Path:
    """Draws the lines that have several points, or all if none has."""
    several = {label: sorted(points, key=lambda point: point[0]) for label, points in lines.items() if len(points) > 1}
    panels, up = {"": several or lines}, "accuracy on motion classes, %"
    return curves.draw(panels, request.folder / name, across, up, "", also=request.of_pictures)


def _run(point: Point, gradients: str, seed: int, setting: Settings, request: Request) -> Run:
    count, fps = point
    varied = [
        f"walkers.num_frames={2 * count}",
        f"walkers.fps={fps}",
        f"network.boundaries={list(setting.cuts[count])}",
    ]
    name = f"map_{file_name(setting.wiring)}_{count}_{fps}fps_{GRADIENTS[gradients]}_{seed}"
    return walkers_run(name, setting.gin_files, varied, "motion", gradients, seed, request)


RESULT = Result(run, made_of_runs=True)
