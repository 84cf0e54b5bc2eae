"""Variants of a network compared on keypoints: Figs. 6, 7 and 8."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from mpvn.reproductions.support.batch import (
    Outcome,
    Run,
    evaluation_of,
    recalibrated,
    run_all,
    side_by_side,
    with_file,
)
from mpvn.reproductions.support.result import Request
from mpvn.reproductions.support.rows import PERCENT, listed, of_each, over_seeds
from mpvn.reproductions.support.variants import Variant, run_of
from mpvn.results import curves, tables
from mpvn.results.intervals import Interval, interval

WIDE = 3  # times the lowest loss: curves that reach beyond it need a logarithmic axis
SEQUENTIAL = "loss in the sequential schedule"
FORMATS = {
    "training loss": ".4f",
    "loss": ".4f",
    "PCK@0.2, %": ".1f",
    "joint error, px": ".2f",
    "loss, recalibrated": ".4f",
    SEQUENTIAL: ".4f",
    f"{SEQUENTIAL}, recalibrated": ".4f",
}


def compare(
    variants: Sequence[Variant],
    gin_files: Sequence[str],
    seeds: Sequence[int],
    request: Request,
    name: str,
    title: str,
    base: Variant | None = None,
    recalibrate: int = 0,
    distilled: Sequence[str] = (),
    taught: Sequence[str] | None = None,
) -> None:
    """Trains and tests variants on keypoints, and writes a table and curves of the loss over subnetworks.

    Args:
        variants: one for each row.
        gin_files: of every run.
        seeds: of every row.
        request: what the user wants.
        name: of the files.
        title: of the table.
        base: the variant that files of the request change.
        recalibrate: from how many training clips averages of batch normalisation are computed anew, for a column of its
            own; 0 for none.
        distilled: gin files of variants that learn from a teacher, on top.
        taught: gin files of the teachers, on top: sequential networks without clocks, one for each seed; None if no
            variant is distilled.
    """
    teachers = (
        [] if taught is None else [_teacher(variants[0].network, gin_files, seed, request, taught) for seed in seeds]
    )

    def runs_of(variant: Variant) -> list[Run]:
        if not variant.distillation:
            return [run_of(variant, "keypoints", gin_files, seed, request) for seed in seeds]
        return [
            run_of(variant, "keypoints", gin_files, seed, request, distilled, teacher)
            for seed, teacher in zip(seeds, teachers, strict=True)
        ]

    lines: list[tuple[str, int | None, list[Run]]] = [
        (_label(variant), variant.subnetworks, runs_of(variant)) for variant in variants
    ]
    if teachers:
        lines.insert(0, (f"{variants[0].network}, basic, teacher", 1, teachers))
    if base is not None:
        lines += [(path.stem, None, [with_file(run, path) for run in runs_of(base)]) for path in request.gin_files]
    outcomes = run_all([run for *_, runs in lines for run in runs], request.folder / "runs")
    if recalibrate:
        folders = [outcome.folder for outcome in outcomes.values()]
        side_by_side(partial(recalibrated, num_clips=recalibrate), folders)  # below, they are only read
    rows = []
    points: dict[str, list[tuple[float, Interval]]] = {}
    for label, subnetworks, runs in lines:
        of_row = [outcomes[run.name] for run in runs]
        count, loss = subnetworks or of_row[0].num_subnetworks, over_seeds(of_row, "loss")
        row: dict[str, Any] = {
            "network": label,
            "subnetworks": count,
            "training loss": interval([outcome.metrics[-1]["loss"] for outcome in of_row]),
            "loss": loss,
            "PCK@0.2, %": over_seeds(of_row, "pck", PERCENT),
            "joint error, px": over_seeds(of_row, "joint_error"),
        }
        if recalibrate:
            anew = [recalibrated(outcome.folder, recalibrate) for outcome in of_row]
            row["loss, recalibrated"] = interval([measures["loss"] for measures in anew])
        rows.append(row | _in_sequence(of_row, recalibrate, several=count > 1))
        points.setdefault(label, []).append((count, loss))
    path, means = request.folder / f"{name}.png", [loss.mean for line in points.values() for _, loss in line]
    picture = curves.draw(
        {title: points},
        path,
        "subnetworks",
        "weighted cross-entropy",
        "",
        log=max(means) > WIDE * min(means),
        also=request.of_pictures,
    )
    notes = [
        tables.machine(),
        f"scale {request.scale}: walkers; seeds {listed(seeds)}, mean and 95% interval; prediction latency 0 where it "
        f"is not given; CI: halving clocks, T: temporal filters of kernel 2, FB: feedback",
        "the paper has these as curves without numbers, on miniKinetics with joints",
        *([f"recalibrated: moving averages from {recalibrate} training clips, one pass"] if recalibrate else []),
    ]
    request.report(name, title, tables.Rows(rows, FORMATS), notes, [picture], runs=of_each(outcomes))


def _in_sequence(outcomes: Sequence[Outcome], recalibrate: int, several: bool) -> dict[str, Interval | str]:
    """The loss of the same weights in the sequential schedule; empty unless there are `several` subnetworks."""
    names = {SEQUENTIAL: lambda folder: evaluation_of(folder, "test", [], network="sequential")}
    if recalibrate:
        names[f"{SEQUENTIAL}, recalibrated"] = lambda folder: recalibrated(folder, recalibrate, network="sequential")
    return {
        name: interval([measured(outcome.folder)["loss"] for outcome in outcomes]) if several else ""
        for name, measured in names.items()
    }


def _teacher(network: str, gin_files: Sequence[str], seed: int, request: Request, taught: Sequence[str]) -> Run:
    return run_of(Variant(network, 1), "teacher", gin_files, seed, request, taught)


def _label(variant: Variant) -> str:
    label = f"{variant.network}, {variant.kind}"
    label += f", distilled, lambda {variant.distillation:g}" if variant.distillation else ""
    return label + (f", latency {variant.latency}" if variant.latency else "")
