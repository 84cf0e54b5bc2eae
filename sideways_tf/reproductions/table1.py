"""Table 1: accuracy of Sideways and backpropagation, action recognition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gin

from mpvn.ranges import Count, Seeds
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import Outcome, run_all, with_file
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import PERCENT, listed, of_each, over_seeds
from mpvn.results import tables
from mpvn.results.intervals import interval
from sideways_tf.reproductions.support.runs import METHODS, file_name, run_of

# (data set, network): (backpropagation, Sideways), accuracy in per cent
PAPER = {
    ("hmdb51", "simple_cnn"): (17.2, 16.5),
    ("hmdb51", "vgg8"): (24.6, 25.8),
    ("ucf101", "simple_cnn"): (40.7, 42.16),
    ("ucf101", "vgg8"): (49.1, 53.8),
    ("ucf101", "vgg8_dropout"): (56.0, 58.2),
}
GROUPS = ("accuracy", "accuracy on appearance classes", "accuracy on motion classes")
FORMATS = {**dict.fromkeys((*METHODS, "Sideways - backpropagation"), ".1f"), "paper": "{} / {}"}
FORMATS["paper, UCF101"] = FORMATS["paper"]

Label = str | tuple[str, str]


@gin.configurable("table1", module="sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/sideways/table1`.

    Attributes:
        seeds: of every row and method.
        videos: `"walkers"`, or the data that a user has.
        at_once: how many runs go side by side; None for as many as there are cores.
        rows: {label on walkers, else (data, network): gin files of its runs}.
    """

    seeds: Seeds
    videos: str
    at_once: Count | None
    rows: Mapping[Label, Sequence[str]]


def run(request: Request) -> None:
    """Trains and tests every row, and writes the table: on walkers, at paper scale on folders of UCF101 and HMDB51.

    A file of the request is a row with the settings of the first one. At paper scale, parameters say where the videos
    are: `ucf101/video_files.root` and `split_dir`, and the same of `hmdb51`.
    """
    setting = settings.read(Settings, "sideways/table1", request)
    runs = {
        (label, method, seed): run_of(
            f"{file_name(label if isinstance(label, str) else f'{label[1]}_{label[0]}')}_{METHODS[method]}_{seed}",
            gin_files,
            setting.videos,
            request,
            (),
            method,
            fixed=[f"train.seed={seed}"],
        )
        for label, gin_files in setting.rows.items()
        for method in METHODS
        for seed in setting.seeds
    }
    base = next(iter(setting.rows))
    for path in request.gin_files:
        label = path.stem if isinstance(base, str) else (base[0], path.stem)
        runs |= {
            (label, method, seed): with_file(runs[base, method, seed], path)
            for method in METHODS
            for seed in setting.seeds
        }
    outcomes = run_all(list(runs.values()), request.folder / "runs", setting.at_once)
    of_row: dict[Any, dict[str, list[Outcome]]] = {}
    for (label, method, _), one_run in runs.items():
        of_row.setdefault(label, {}).setdefault(method, []).append(outcomes[one_run.name])
    on_walkers = setting.videos == "walkers"
    rows = [
        row
        for label, by_method in of_row.items()
        for row in (_walkers_rows(label, by_method, setting.seeds) if on_walkers else [_row(label, by_method)])
    ]
    rows = tables.Rows(rows, FORMATS)
    notes = _notes(request.scale, on_walkers)
    request.report("table1", "Table 1: action recognition", rows, notes, runs=of_each(outcomes))


def _walkers_rows(label: str, by_method: Mapping[str, Sequence[Outcome]], seeds: Sequence[int]) -> list[dict[str, Any]]:
    """A row for all classes, and one for each group of them."""
    rows = []
    for group in GROUPS:
        pairs = zip(by_method["Sideways"], by_method["backpropagation"], strict=True)
        differences = [PERCENT * (s.measures[group] - b.measures[group]) for s, b in pairs]
        paper = PAPER.get(("ucf101", label.replace(", ", "_"))) if group == "accuracy" else None
        rows.append(
            {
                "network": label,
                "classes": group.removeprefix("accuracy on ").removesuffix(" classes").replace("accuracy", "all"),
                **{method: over_seeds(by_method[method], group, PERCENT) for method in METHODS},
                "Sideways - backpropagation": interval(differences),
                "paper, UCF101": paper or "-",
                "seeds": listed(seeds),
            }
        )
    return rows


def _row(label: tuple[str, str], by_method: Mapping[str, Sequence[Outcome]]) -> dict[str, Any]:
    data, network = label
    return {
        "data": data,
        "network": network,
        **{method: over_seeds(by_method[method], "accuracy", PERCENT) for method in METHODS},
        "paper": PAPER.get(label, "-"),
    }


def _notes(scale: str, on_walkers: bool) -> list[str]:
    notes = [
        tables.machine(),
        f"scale {scale}; accuracy in per cent, mean and 95% interval over seeds; a clip is judged by the mean over its "
        f"valid ticks",
        "backpropagation: exact gradients through the same network and registers, the same ticks in training and test",
    ]
    if on_walkers:
        notes.append(
            "walkers: appearance classes are told by a single frame, motion classes come in pairs that a network "
            "that sees one frame at a time cannot tell apart; the paper's numbers are of other data and bigger networks"
        )
    return notes


RESULT = Result(run, made_of_runs=True, takes_rows=True)
