"""Table 1: accuracy of action recognition by the number of parallel subnetworks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import gin

from mpvn.ranges import Count, Counts, NotEmpty, PositiveOrZero, Seeds
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import Outcome, Run, run_all, with_file
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import PERCENT, listed, of_each, over_seeds
from mpvn.reproductions.support.variants import Variant, run_of
from mpvn.results import tables

# Top-1 accuracy on miniKinetics in per cent, by network and subnetworks; "distilled" has the most subnetworks.
PAPER = {
    ("inception_3d", 1): 71.8,
    ("par_inception", 1): 71.4,
    ("par_inception", 5): 66.0,
    ("par_inception", 10): 54.5,
    ("par_inception", "distilled"): 61.2,
    ("par_densenet", 1): 67.6,
    ("par_densenet", 7): 61.3,
    ("par_densenet", 14): 54.0,
}

Row = tuple[str, int | str]


@gin.configurable("table1", module="mpvn")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/mpvn/table1`.

    Attributes:
        seeds: of the runs of every row.
        networks: {network: numbers of subnetworks, the sequential 1 first}; the paper distils the first one.
        distillation: weight of the distance to the teacher; 0 for no row with it.
        gin_files: of every run on walkers.
        reference_gin_files: of the non-causal reference.
        rows: {(network, subnetworks or "distilled"): gin file of its runs}, where they are on other data.
        at_once: how many runs go side by side; None for as many as there are cores.
    """

    seeds: Seeds
    networks: Annotated[Mapping[str, Counts], NotEmpty()]
    distillation: PositiveOrZero = 0.0
    gin_files: Sequence[str] = ()
    reference_gin_files: Sequence[str] = ()
    rows: Mapping[Row, str] = field(default_factory=dict)
    at_once: Count | None = None


def run(request: Request) -> None:
    """Trains and tests every row, with clocks and temporal filters as in the paper, and writes the table.

    A file of the request is a row with the settings of the first network with the most subnetworks, not distilled.
    """
    setting = settings.read(Settings, "mpvn/table1", request)
    distilled, most = next((network, levels[-1]) for network, levels in setting.networks.items())
    runs = _runs_of_files(setting, request) or _runs_of_variants(setting, distilled, most, request)
    for path in request.gin_files:
        runs |= {((path.stem, "file"), seed): with_file(runs[(distilled, most), seed], path) for seed in setting.seeds}
    outcomes = run_all(list(runs.values()), request.folder / "runs", setting.at_once)
    of_row = {row: [outcomes[runs[row, seed].name] for seed in setting.seeds] for row, _ in runs}
    rows = [_row(row, of_row[row]) for row in of_row]
    data = "miniKinetics" if setting.rows else "walkers"
    notes = [
        tables.machine(),
        f"scale {request.scale}: {data}; seeds {listed(setting.seeds)}, mean and 95% interval; halving clocks and "
        f"temporal filters of kernel 2 but for inception_3d, the non-causal reference over whole clips",
    ]
    if (distilled, "distilled") in of_row:
        accuracy, loss = (_recovered(of_row, distilled, most, name) for name in ("accuracy", "loss"))
        notes.append(
            f"share of what {distilled} with {most} subnetworks lost that distillation recovers: of the mean accuracy "
            f"{accuracy} (paper: 40%), of the mean loss {loss}"
        )
    formats = {column: ".1f" for column in rows[0] if column.startswith("accuracy")} | {"loss": ".3f"}
    request.report("table1", "Table 1: action recognition", tables.Rows(rows, formats), notes, runs=of_each(outcomes))


def _runs_of_files(setting: Settings, request: Request) -> dict[tuple[Row, int], Run]:
    """The runs of rows that have files of their own."""
    return {
        (row, seed): Run(Path(file).stem + f"_{seed}", [file], params=(*request.params, f"train.seed={seed}"))
        for row, file in setting.rows.items()
        for seed in setting.seeds
    }


def _variants(setting: Settings, distilled: str, most: int) -> dict[Row, Variant]:
    variants: dict[Row, Variant] = {("inception_3d", 1): Variant("inception_3d", 1)}
    for network, levels in setting.networks.items():
        for count in levels:
            variants[network, count] = Variant(network, count, clocks=True, temporal=True)
    if setting.distillation:
        variants[distilled, "distilled"] = Variant(
            distilled, most, clocks=True, temporal=True, distillation=setting.distillation
        )
    return variants


def _runs_of_variants(setting: Settings, distilled: str, most: int, request: Request) -> dict[tuple[Row, int], Run]:
    """The runs on walkers. The sequential network of a seed is the teacher of the one that is distilled."""
    runs: dict[tuple[Row, int], Run] = {}
    for row, variant in _variants(setting, distilled, most).items():
        files = setting.reference_gin_files if variant.network == "inception_3d" else setting.gin_files
        for seed in setting.seeds:
            teacher = runs[(distilled, 1), seed] if variant.distillation else None
            runs[row, seed] = run_of(variant, "action", files, seed, request, teacher=teacher)
    return runs


def _row(row: Row, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    accuracies = [name for name in outcomes[0].measures if name.startswith("accuracy")]
    return {
        "network": row[0],
        "subnetworks": row[1] if isinstance(row[1], int) else outcomes[0].num_subnetworks,
        "distilled": "yes" if row[1] == "distilled" else "",
        **{f"{name}, %": over_seeds(outcomes, name, PERCENT) for name in accuracies},
        "loss": over_seeds(outcomes, "loss"),
        "paper, miniKinetics": PAPER.get(row, "-"),
        "seeds": listed([outcome.seed for outcome in outcomes if outcome.seed is not None]),
    }


def _recovered(of_row: Mapping[Row, Sequence[Outcome]], network: str, most: int, measure: str) -> str:
    """The share of what the most subnetworks lose of a measure's mean over seeds that distillation recovers."""
    best, lost, distilled = (over_seeds(of_row[network, row], measure).mean for row in (1, most, "distilled"))
    better = best > lost if measure == "accuracy" else best < lost
    return f"{100 * (distilled - lost) / (best - lost):.0f}%" if better else "nothing was lost"


RESULT = Result(run, made_of_runs=True, takes_rows=True)
