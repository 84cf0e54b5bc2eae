"""Many training runs, each a run folder made by the binaries, several side by side."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from rich.progress import Progress

from mpvn.errors import InputError

CONFIGS = Path(__file__).parents[2] / "gin_configs" / "sideways"


@dataclass(frozen=True)
class Run:
    """One training run.

    Attributes:
        name: of its folder.
        gin_file: in `gin_configs/sideways`.
        params: gin settings, `NAME=VALUE`.
    """

    name: str
    gin_file: str
    params: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Outcome:
    """What a run gave: the means and groups of `mpvn.evaluate` for the network as trained, and metrics per report."""

    measures: dict
    metrics: list


def run_all(runs: Sequence[Run], folder: Path, at_once: int | None = None, test: bool = True) -> dict[str, Outcome]:
    """Trains and tests all runs; what is finished already is only read, what was broken off goes on.

    Args:
        runs: to be done. The first one goes alone, so that it makes the data set that all share.
        folder: where the run folders are.
        at_once: how many run side by side, one core each; by default as many as there are cores.
        test: whether each is evaluated on the test split.

    Raises:
        InputError: one of them failed; the line carries its last words.
    """
    at_once = at_once or os.cpu_count()
    with Progress(transient=True) as progress, ThreadPoolExecutor(at_once) as pool:
        task = progress.add_task("training", total=len(runs))

        def do(run: Run) -> Outcome:
            outcome = _do(run, folder / run.name, test)
            progress.advance(task)
            return outcome

        first = do(runs[0])
        return dict(zip([run.name for run in runs], [first, *pool.map(do, runs[1:])], strict=True))


def _do(run: Run, folder: Path, test: bool) -> Outcome:
    finished = folder / "evaluation_test.json" if test else folder / "network.weights.h5"
    if not finished.exists():
        files = [f"--gin_file={CONFIGS / run.gin_file}", *(f"--gin_param={param}" for param in run.params)]
        _call("sideways_tf.train", *files, f"--model_dir={folder}")
        if test:
            _call("mpvn.evaluate", f"--model_dir={folder}")
    measures = json.loads(finished.read_text())["networks"]["as trained"] if test else {}
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return Outcome(measures, [json.loads(line) for line in lines])


def _call(module: str, *arguments: str) -> None:
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, env=os.environ | threads
    )
    if done.returncode:
        words = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"{module} {' '.join(arguments)} failed: {words.removeprefix('error: ')}")
