"""Checks that a run that is killed repeatedly gives the same losses as an undisturbed run."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from absl import flags as absl_flags
from absl.flags import FlagValues
from rich.progress import track

from mpvn.benchmarks.support.processes import call
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.errors import InputError
from mpvn.results import tables
from mpvn.runs.folder import RunFolder
from mpvn.runs.termination import EXIT_CODE

CONFIG = Path(__file__).parents[2] / "gin_configs" / "mpvn" / "vgg8_walkers.gin"
# Small, with everything that has state: dropout, batch normalisation, Adam's slots, a falling learning rate.
SETTINGS = {
    "walkers.num_frames": 10,
    "walkers.size": 16,
    "walkers.num_train": 96,
    "walkers.num_validation": 12,
    "walkers.num_test": 0,
    "vgg8.width": 0.05,
    "vgg8.dropout": 0.5,
    "train.batch_size": 4,
    "train.validation_clips": 4,
    "optimizer.decay": '"cosine"',
    "train.deterministic": True,
}
REPORTS = 20
FORMATS = {"kills": "{} by SIGKILL, {} by SIGTERM", "reports": "{} of {}"}
MACHINE = ("steps_per_second", "peak_memory_mb")  # metrics that say nothing of the training


def run(kills: int, seed: int = 0) -> list[dict[str, Any]]:
    """Trains once without and once with kills at random moments: by SIGKILL and SIGTERM, while starting, training,
    reporting or saving.

    Args:
        kills: number of kills.
        seed: of the moments.

    Returns:
        A row that compares the end of the killed run with that of the other one.

    Raises:
        InputError: training failed by itself.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps = REPORTS * max(2, 2 * kills)
        params = SETTINGS | {
            "walkers.data_dir": f'"{folder / "data"}"',
            "train.steps": steps,
            "train.report_every": steps // REPORTS,
        }
        flags = [f"--gin_file={CONFIG}", *(f"--gin_param={name}={value}" for name, value in params.items())]
        call("mpvn.train", *flags, f"--model_dir={folder / 'whole'}")
        whole = RunFolder(folder / "whole").read_metrics()
        seconds = sum(steps / REPORTS / row["steps_per_second"] for row in whole)
        tally = _Tally()
        moments = random.Random(seed)
        for kill in track(range(kills), "killing", transient=True):
            number = (signal.SIGKILL, signal.SIGTERM)[kill % 2]
            # Never so late that training is over before the last kill.
            if not _kill(flags, folder / "broken", number, moments, seconds / (kills + 1), tally):
                break
        out = call("mpvn.train", *flags, f"--model_dir={folder / 'broken'}")
        tally.damaged += out.count("is damaged")
        broken = RunFolder(folder / "broken").read_metrics()
    different = [
        row["step"]
        for row, other in zip(whole, broken, strict=False)
        if any(row[name] != other.get(name) for name in row if name not in MACHINE)
    ]
    rows = [
        {
            "kills": (tally.done[signal.SIGKILL], tally.done[signal.SIGTERM]),
            "of them with progress": tally.with_progress,
            "ended otherwise": tally.ended_otherwise,
            "damaged checkpoints": tally.damaged,
            "reports": (len(broken), len(whole)),
            "reports that differ": len(different) + abs(len(whole) - len(broken)),
            "loss at the end": broken[-1]["loss"],
            "undisturbed": whole[-1]["loss"],
        }
    ]
    return tables.Rows(rows, FORMATS)


@dataclass
class _Tally:
    done: dict[int, int] = field(default_factory=lambda: {signal.SIGKILL: 0, signal.SIGTERM: 0})
    with_progress: int = 0
    ended_otherwise: int = 0
    damaged: int = 0


def _kill(
    flags: Sequence[str], folder: Path, number: int, moments: random.Random, longest: float, tally: _Tally
) -> bool:
    """Trains on until it is killed at a random moment; False if training was over before."""
    process, before = _start(flags, folder), _written(folder)
    if moments.random() < 0.9:
        _wait_for(process, folder, before)
    time.sleep(moments.uniform(0, longest))
    process.send_signal(number)
    out, _ = process.communicate()
    tally.damaged += out.count("is damaged")
    if process.returncode == 0:
        return False
    tally.done[number] += 1
    progress = _written(folder) != before
    tally.with_progress += progress
    # SIGTERM may end a process like SIGKILL only before it trains, or when it has trained all.
    training = progress and len(RunFolder(folder).read_metrics()) < REPORTS
    expected = (EXIT_CODE,) if training and number == signal.SIGTERM else (EXIT_CODE, -number)
    tally.ended_otherwise += process.returncode not in expected
    return True


def notes() -> list[str]:
    return [
        tables.machine(),
        "vgg8 with dropout, Adam, cosine decay and deterministic operations on walkers; a report differs if any bit of "
        "any metric differs",
    ]


def _start(flags: Sequence[str], folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "mpvn.train", *flags, f"--model_dir={folder}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
    )


def _wait_for(process: subprocess.Popen, folder: Path, before: set) -> None:
    """Until something new is written, or the process ends."""
    while process.poll() is None and _written(folder) == before:
        time.sleep(0.01)
    if process.returncode not in (None, 0):
        words = (process.communicate()[1].strip().splitlines() or ["no message"])[-1]
        raise InputError(f"training failed: {words.removeprefix('error: ')}")


def _written(folder: Path) -> set:
    """What the checkpoints' folder holds, also what is half written."""
    return {path.name for path in (folder / "checkpoints").rglob("*")}


def _define(values: FlagValues) -> None:
    text = "Number of times training is killed, for --suite=resuming."
    absl_flags.DEFINE_integer("kills", 20, text, lower_bound=1, flag_values=values)


def _measure(request: Request) -> None:
    request.report("resuming", "Killed and resumed", run(request.flags.kills), notes())


SUITE = Suite(_measure, define=_define)
