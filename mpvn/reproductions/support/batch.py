"""Many training runs, each a run folder made by the binaries, several side by side."""

import json
import math
import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from rich.progress import Progress

from mpvn.benchmarks.support.processes import call
from mpvn.errors import InputError
from mpvn.reproductions.support.files import CONFIGS
from mpvn.runs.folder import RunFolder
from mpvn.schedule.schedule import Schedule

AS_TRAINED = "as trained"  # what an evaluation calls the network of a run
ONE_CORE = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


@dataclass(frozen=True)
class Run:
    """One training run. Of its settings, the later ones win in the order of the attributes.

    Attributes:
        name: of its folder.
        gin_files: with settings, in `gin_configs` or anywhere.
        settings: what it differs in from other runs of the result, `NAME=VALUE`.
        added_files: gin files of the user, for a row of their own.
        params: settings that nothing replaces, such as the seed; `NAME=VALUE`.
        binary: that trains.
        data: a name for the data set that is made; runs that share one share the name.
        evaluated: further flags of its evaluation.
        teacher: name of the run that it learns from, which is trained before.
    """

    name: str
    gin_files: Sequence[str]
    settings: Sequence[str] = ()
    added_files: Sequence[str] = ()
    params: Sequence[str] = ()
    binary: str = "mpvn.train"
    data: str = ""
    evaluated: Sequence[str] = ()
    teacher: str = ""


def with_file(run: Run, path: Path) -> Run:
    """A run with the settings of a further gin file on top, named after that file."""
    return replace(
        run, name=f"{path.stem}_{run.name}", added_files=(str(path),), data=f"{run.data} of {path.stem}".strip()
    )


@dataclass(frozen=True)
class Outcome:
    """What a run gave.

    Attributes:
        measures: the means and groups of `mpvn.evaluate` for the network as trained.
        metrics: one dict per report.
        diverged_at: the step at which the loss was not finite, or None.
        folder: of the run.
        seed: of the run; None where it is the default's.
    """

    measures: dict[str, float]
    metrics: list[dict[str, float]]
    diverged_at: int | None
    folder: Path
    seed: int | None = None

    def curve(self, name: str, scale: float = 1.0) -> list[tuple[int, float]]:
        """A metric over steps."""
        return [(int(row["step"]), scale * row[name]) for row in self.metrics]

    def at_end(self, name: str, scale: float = 1.0) -> float | str:
        """A metric of the last report, or that the run diverged."""
        if self.diverged_at is not None:
            return f"diverged at step {self.diverged_at}"
        return scale * self.metrics[-1][name]

    @property
    def num_subnetworks(self) -> int:
        """Of the network that was trained."""
        return Schedule.from_csv(self.folder / "schedule.csv").num_subnetworks


def run_all(
    runs: Sequence[Run], folder: Path, at_once: int | None = None, test: bool = True, data_made: Collection[str] = ()
) -> dict[str, Outcome]:
    """Trains and tests all runs; what is finished already is only read, what was broken off goes on.

    Args:
        runs: to be done, teachers before those that learn from them. The first one of each data set goes alone, so
            that it makes the data that others share.
        folder: where the run folders are.
        at_once: how many run side by side, one core each; by default as many as there are cores.
        test: whether each is evaluated on the test split. Without it, a run may diverge.
        data_made: data sets that are there already, so that none need go alone.

    Raises:
        InputError: one of them failed, and the line carries its last words; or its folder holds another run.
    """
    at_once = at_once or os.cpu_count()
    with Progress(transient=True) as progress, ThreadPoolExecutor(at_once) as pool:
        task = progress.add_task("training", total=len(runs))

        def do(run: Run) -> Outcome:
            outcome = _do(run, folder / run.name, test)
            progress.advance(task)
            return outcome

        outcomes: dict[str, Outcome] = {}
        made = set(data_made)
        for taught in (False, True):
            sharing: dict[str, list[Run]] = {}
            for run in runs:
                if bool(run.teacher) == taught:
                    sharing.setdefault(run.data, []).append(run)
            for data, those in sharing.items():
                alone, others = ([], those) if data in made else (those[:1], those[1:])
                made.add(data)
                outcomes |= {run.name: do(run) for run in alone}
                outcomes |= zip([run.name for run in others], pool.map(do, others), strict=True)
        return outcomes


def evaluation_of(
    folder: Path, name: str, settings: Sequence[str], flags: Sequence[str] = (), network: str = AS_TRAINED
) -> dict[str, float]:
    """The means of `mpvn.evaluate` for a trained run in another schedule; what is finished already is only read.

    Args:
        folder: of the run.
        name: of the schedule, for the file.
        settings: that make the schedule, `NAME=VALUE`.
        flags: further ones of the evaluation.
        network: which of those that are evaluated.
    """
    path = folder / f"evaluation_{name}.json"
    if not path.exists():
        params = [f"--gin_param={setting}" for setting in settings]
        call("mpvn.evaluate", f"--model_dir={folder}", *params, *flags, f"--output={path}", **ONE_CORE)
    return json.loads(path.read_text())["networks"][network]


def recalibrated(
    folder: Path, num_clips: int, name: str = "", settings: Sequence[str] = (), network: str = AS_TRAINED
) -> dict[str, float]:
    """The means for a trained run with averages of batch normalisation from so many training clips.

    Args:
        folder: of the run.
        num_clips: to recalibrate on.
        name: of another schedule, for the file.
        settings: that make the schedule, `NAME=VALUE`.
        network: which of those that are evaluated.
    """
    file = f"{name}_recalibrated".strip("_")
    return evaluation_of(folder, file, settings, [f"--recalibrate={num_clips}"], f"{network}, recalibrated")


def side_by_side(evaluate: Callable[[Path], dict[str, float]], folders: Sequence[Path]) -> list[dict[str, float]]:
    """What `evaluate`, `evaluation_of` or `recalibrated`, gives for each of the folders; one core each."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(evaluate, folders))


def _do(run: Run, folder: Path, test: bool) -> Outcome:
    _claim(run, folder)
    finished = folder / "evaluation_test.json" if test else RunFolder(folder).final_weights
    if not (finished.exists() or not test and _diverged_at(folder)):
        try:
            call(run.binary, *_flags(run, folder), f"--model_dir={folder}", **ONE_CORE)
        except InputError:
            if test or not _diverged_at(folder):
                raise
        if test:
            call("mpvn.evaluate", f"--model_dir={folder}", *run.evaluated, **ONE_CORE)
    measures = json.loads(finished.read_text())["networks"][AS_TRAINED] if test else {}
    metrics = RunFolder(folder).read_metrics()
    finite = [row for row in metrics if math.isfinite(row["loss"])]
    return Outcome(measures, finite, _diverged_at(folder), folder, _seed(run))


def _seed(run: Run) -> int | None:
    given = [param.split("=", 1)[1] for param in run.params if param.startswith("train.seed=")]
    return int(given[-1]) if given else None


def _flags(run: Run, folder: Path) -> list[str]:
    """The gin flags of a run; its own settings are written to a file of its folder, for files may follow them."""
    own = folder / "row.gin"
    own.write_text("".join(f"{name} = {value}\n" for name, value in (text.split("=", 1) for text in run.settings)))
    files = [*paths(run.gin_files), own, *paths(run.added_files)]
    return [*(f"--gin_file={path}" for path in files), *(f"--gin_param={param}" for param in run.params)]


def paths(gin_files: Sequence[str]) -> list[Path]:
    """Where gin files are: in `gin_configs`, or anywhere."""
    return [CONFIGS / name for name in gin_files]  # an absolute name stays what it is


def _claim(run: Run, folder: Path) -> None:
    """Writes down what a folder is for, so that it is never taken for another run's."""
    path = folder / "reproduction.json"
    claim = {
        "gin_files": [_settings_in(file) for file in paths(run.gin_files)],
        "settings": list(run.settings),
        "added_files": [_settings_in(file) for file in paths(run.added_files)],
        "params": list(run.params),
    }
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(claim))
    elif json.loads(path.read_text()) != claim:
        raise InputError(f"{str(folder)!r} holds a run with other settings: give another --output_dir, or remove it")


def _settings_in(path: Path) -> list[str]:
    """The lines of a gin file that are no comments."""
    if not path.is_file():
        raise InputError(f"gin file {str(path)!r} is not there: give the path of a file")
    lines = (line.strip() for line in path.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _diverged_at(folder: Path) -> int | None:
    """The step at which training came to an end because its loss was not finite, or None."""
    metrics = RunFolder(folder).read_metrics()
    return metrics[-1]["step"] if metrics and not math.isfinite(metrics[-1]["loss"]) else None
