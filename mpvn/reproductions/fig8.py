"""Fig. 8: weights in other schedules than they were trained in, and prediction latency."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import gin

from mpvn.ranges import CountOrZero, Counts, Seeds
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import evaluation_of, recalibrated, run_all, side_by_side
from mpvn.reproductions.support.keypoints import compare
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import listed
from mpvn.reproductions.support.variants import NO_JOINTS, Variant, run_of
from mpvn.results import curves, tables
from mpvn.results.intervals import interval


@gin.configurable("fig8", module="mpvn")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/mpvn/fig8`.

    Attributes:
        seeds: of every row.
        network: that is trained.
        subnetworks: into how many it is cut, the fewest first.
        latencies: prediction latencies, in frames.
        gin_files: of every run.
        recalibrate: from how many training clips averages of batch normalisation are computed anew, beside the others.
    """

    seeds: Seeds
    network: str
    subnetworks: Counts
    latencies: Sequence[CountOrZero]
    gin_files: Sequence[str]
    recalibrate: CountOrZero = 0


def run(request: Request) -> None:
    """Left: sequential and fully parallel weights at every level; right: latencies."""
    setting = settings.read(Settings, "mpvn/fig8", request, NO_JOINTS)
    rows = _transfer(setting, request)
    notes = [
        tables.machine(),
        f"scale {request.scale}: keypoints on walkers, {setting.network} without clocks; seeds "
        f"{listed(setting.seeds)}, mean and 95% interval",
    ]
    title = "Fig. 8, left: weights in other schedules"
    lines = {
        row["weights"]: [(count, row[f"loss with {count} subnetworks"]) for count in setting.subnetworks]
        for row in rows
    }
    path, also = request.folder / "fig8_transfer.png", request.of_pictures
    picture = curves.draw({title: lines}, path, "subnetworks that run", "weighted cross-entropy", "weights", also=also)
    rows = tables.Rows(rows, dict.fromkeys(list(rows[0])[1:], ".4f"))
    request.report("fig8_transfer", title, rows, notes, [picture])
    variants = [
        Variant(setting.network, count, latency=latency)
        for latency in setting.latencies
        for count in setting.subnetworks
    ]
    title = "Fig. 8, right: prediction latency"
    compare(variants, setting.gin_files, setting.seeds, request, "fig8", title, None, setting.recalibrate)


def _transfer(setting: Settings, request: Request) -> list[dict[str, Any]]:
    """Rows: whose weights; columns: the loss in schedules of other numbers of subnetworks."""
    runs = {
        (count, seed): run_of(Variant(setting.network, count), "keypoints", setting.gin_files, seed, request)
        for count in setting.subnetworks
        for seed in setting.seeds
    }
    run_all(list(runs.values()), request.folder / "runs")
    ends = (setting.subnetworks[0], setting.subnetworks[-1])
    trained = {f"trained with {count}": dict.fromkeys(setting.subnetworks, count) for count in ends}
    trained["trained as it runs"] = {count: count for count in setting.subnetworks}
    rows = []
    for label, trained_with in trained.items():
        row: dict[str, Any] = {"weights": label}
        for count in setting.subnetworks:
            folders = [request.folder / "runs" / runs[trained_with[count], seed].name for seed in setting.seeds]
            name, changed = f"{count}_subnetworks", [f"network.num_subnetworks={count}"]
            evaluations = {f"loss with {count} subnetworks": partial(evaluation_of, name=name, settings=changed)}
            if setting.recalibrate:
                anew = partial(recalibrated, name=name, settings=changed, num_clips=setting.recalibrate)
                evaluations[f"recalibrated, with {count}"] = anew
            for column, evaluate in evaluations.items():
                row[column] = interval([measures["loss"] for measures in side_by_side(evaluate, folders)])
        rows.append(row)
    return rows


RESULT = Result(run, made_of_runs=True)
