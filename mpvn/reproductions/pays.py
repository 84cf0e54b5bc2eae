"""When depth-parallel networks pay: accuracy over cost and latency, beside skipping frames."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import gin

from mpvn.benchmarks.support.processes import call
from mpvn.reproductions.paying.way import HELD, Setting, Way, judged, run_of, sequential_run
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import ONE_CORE, run_all
from mpvn.reproductions.support.result import Request, Result


@gin.configurable("pays", module="mpvn")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/mpvn/pays`.

    Attributes:
        seeds: the first one is that of every way.
        fps: frames per second of the figures, the first one for every way.
        tasks: {name: (training steps in all, gin files of every run)}.
        first_tick: from which on outputs are judged.
        ways: by task, see `Way`; the first one is the sequential network at every frame.
    """

    seeds: Sequence[int]
    fps: Sequence[int]
    tasks: Mapping[str, tuple[int, Sequence[str]]]
    first_tick: int
    ways: Mapping[str, Sequence[tuple]]


def run(request: Request) -> None:
    setting = settings.read(Settings, "mpvn/pays", request.scale)
    of_task = {
        Setting(task, setting.fps[0], setting.seeds[0], steps, gin_files, setting.first_tick): [
            Way(*row) for row in setting.ways[task]
        ]
        for task, (steps, gin_files) in setting.tasks.items()
    }
    measured(of_task, request)


def measured(ways: Mapping[Setting, Sequence[Way]], request: Request) -> dict[tuple[Setting, Way], dict[str, float]]:
    """What the evaluation says of every way in its setting; what is finished is only read."""
    folder = request.folder / "runs"
    run_all([sequential_run(setting, request) for setting in ways], folder)
    pairs = [(setting, way) for setting, of_setting in ways.items() for way in of_setting]
    runs = {(setting, way): run_of(way, setting, request) for setting, way in pairs if way.begins != HELD}
    outcomes = run_all(list(runs.values()), folder, data_made=True)
    return {
        (setting, way): _held(way, folder / runs[setting, ways[setting][0]].name, setting)
        if way.begins == HELD
        else outcomes[runs[setting, way].name].measures
        for setting, way in pairs
    }


def _held(way: Way, base: Path, setting: Setting) -> dict[str, float]:
    path = base / f"evaluation_{way.folder}.json"
    if not path.exists():
        params = [f"--gin_param={param}" for param in way.settings]
        call("mpvn.evaluate", f"--model_dir={base}", *params, *judged(setting), f"--output={path}", **ONE_CORE)
    return json.loads(path.read_text())["networks"]["as trained"]


RESULT = Result(run, made_of_runs=True)
