"""The mean over runs of their evaluations by `mpvn.evaluate`, such as the three splits of UCF101 or HMDB51."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mpvn.errors import InputError
from mpvn.results import tables

_COUNTS = ("clips", "videos")  # entries without a meaningful mean


@dataclass(frozen=True)
class MeanOfRuns:
    """Evaluations, and their mean.

    Attributes:
        split: name of the split that was evaluated.
        evaluations: {run folder: content of its evaluation file}.
    """

    split: str
    evaluations: Mapping[str, Mapping[str, Any]]

    @property
    def networks(self) -> dict[str, dict[str, dict[str, float]]]:
        """{network: {run folder, or "mean": {measure: value}}}: networks and measures that all runs have."""
        of_runs = {run: evaluation["networks"] for run, evaluation in self.evaluations.items()}
        found = {}
        for name in _in_all(list(of_runs.values())):
            measured = {run: networks[name] for run, networks in of_runs.items()}
            measures = [measure for measure in _in_all(list(measured.values())) if measure not in _COUNTS]
            found[name] = {run: {measure: row[measure] for measure in measures} for run, row in measured.items()}
            found[name]["mean"] = {
                measure: float(np.mean([row[measure] for row in measured.values()])) for measure in measures
            }
        return found

    @property
    def step(self) -> int:
        """The largest step of all runs."""
        return max(evaluation["step"] for evaluation in self.evaluations.values())

    def rows(self) -> tables.Rows:
        """A row for each network and run, and one for each mean."""
        rows = [
            {"network": name, "run": run, **values}
            for name, of_runs in self.networks.items()
            for run, values in of_runs.items()
        ]
        measures = dict.fromkeys(measure for row in rows for measure in row if measure not in ("network", "run"))
        whole = [
            {"network": row["network"], "run": row["run"], **{m: row.get(m, "") for m in measures}} for row in rows
        ]
        return tables.Rows(whole, dict.fromkeys(measures, ".4f"))

    def as_json(self) -> str:
        steps = {run: evaluation["step"] for run, evaluation in self.evaluations.items()}
        summary = {"split": self.split, "steps": steps, "networks": self.networks}
        return json.dumps(summary, indent=2) + "\n"


def evaluation_file(folder: str | Path, split: str) -> Path:
    """The default output of `mpvn.evaluate`."""
    return Path(folder) / f"evaluation_{split}.json"


def read(folders: Sequence[str], split: str) -> MeanOfRuns:
    """Reads the evaluations of runs.

    Raises:
        InputError: there are fewer than two, a duplicate, or one that is not evaluated yet, or a file is damaged or
            has another number of clips per video.
    """
    if len({os.path.realpath(folder) for folder in folders}) < max(2, len(folders)):
        raise InputError(f"--mean_of={','.join(folders)}: expected two or more different run folders")
    evaluations = {folder: _read(evaluation_file(folder, split), folder, split) for folder in folders}
    clips = {folder: evaluation.get("clips_per_video", 1) for folder, evaluation in evaluations.items()}
    first = folders[0]
    for folder, count in clips.items():
        if count != clips[first]:
            raise InputError(
                f"{folder} was evaluated with {count} clips per video, {first} with {clips[first]}: evaluate them alike"
            )
    return MeanOfRuns(split, evaluations)


def _read(path: Path, folder: str, split: str) -> dict[str, Any]:
    again = f"run python -m mpvn.evaluate --model_dir={folder} --split={split}"
    try:
        evaluation = json.loads(path.read_text())
        _check(evaluation)
    except FileNotFoundError:
        raise InputError(f"{folder} has no {path.name}: {again} first") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise InputError(f"{path} is damaged: {again} again") from None
    return evaluation


def _check(evaluation: dict[str, Any]) -> None:
    """Raises ValueError, LookupError, TypeError or AttributeError unless it has the written form."""
    int(evaluation["step"])
    for measures in evaluation["networks"].values():
        np.array(list(measures.values()), float)


def _in_all(dicts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Keys in all of them, in the order of the first."""
    return [key for key in dicts[0] if all(key in other for other in dicts)]
