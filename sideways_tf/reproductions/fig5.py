"""Fig. 5: accuracy in training when frames are skipped."""

from collections.abc import Sequence
from dataclasses import dataclass

import gin

from mpvn.ranges import Count, Counts, Rates
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import Run, run_all
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import PERCENT, of_each
from mpvn.results import curves, tables
from sideways_tf.reproductions.support.runs import METHODS, run_of

FORMATS = {"learning rate": "g", "accuracy at the end, %": ".1f", "best, %": ".1f"}


@gin.configurable("fig5", module="sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/sideways/fig5`.

    Attributes:
        strides: every how many-th frame is seen.
        rates: learning rates of every stride and method.
        network: that is trained, for the names of runs.
        videos: `"walkers"`, or the data that a user has, read by `video_files`.
        at_once: how many runs go side by side; None for as many as there are cores.
        gin_files: of every run.
    """

    strides: Counts
    rates: Rates
    network: str
    videos: str
    at_once: Count | None
    gin_files: Sequence[str]


def run(request: Request) -> None:
    """Trains with every stride `k + 1`, on clips that are `k + 1` times longer."""
    setting = settings.read(Settings, "sideways/fig5", request)
    runs = {
        (method, rate, stride): _run(method, rate, stride, setting, request)
        for method in METHODS
        for rate in setting.rates
        for stride in setting.strides
    }
    outcomes = run_all(list(runs.values()), request.folder / "runs", setting.at_once, test=False)
    of_row = {key: outcomes[trained.name] for key, trained in runs.items()}
    panels: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for (method, rate, stride), outcome in of_row.items():
        title = f"{method}, learning rate {rate:g}"
        panels.setdefault(title, {})[str(stride)] = outcome.curve("accuracy", PERCENT)
    path, also = request.folder / "fig5.png", request.of_pictures
    picture = curves.draw(panels, path, "step", "accuracy in training, %", "stride", also=also)
    rows = [
        {
            "method": method,
            "learning rate": rate,
            "stride": stride,
            "accuracy at the end, %": outcome.at_end("accuracy", PERCENT),
            "best, %": PERCENT * max((row["accuracy"] for row in outcome.metrics), default=0),
        }
        for (method, rate, stride), outcome in of_row.items()
    ]
    notes = [
        tables.machine(),
        f"scale {request.scale}, {setting.network} on {setting.videos}, seed 0; accuracy is of training",
    ]
    rows = tables.Rows(rows, FORMATS)
    request.report("fig5", "Fig. 5: temporal strides", rows, notes, [picture], runs=of_each(outcomes))


def _run(method: str, rate: float, stride: int, setting: Settings, request: Request) -> Run:
    name = f"{setting.network}_{METHODS[method]}_{rate:g}_stride{stride}"
    if setting.videos == "walkers":  # all strides come from the same clips, the longest that are needed
        strides = [f"walkers.longest_stride={max(setting.strides)}", f"walkers.stride={stride}"]
    else:
        strides = [f"video_files.stride={stride}"]
    fixed = [*strides, f"optimizer.learning_rate={rate}"]
    return run_of(name, setting.gin_files, setting.videos, request, (), method, fixed)


RESULT = Result(run, made_of_runs=True)
