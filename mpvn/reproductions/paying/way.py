"""Ways to run a network over a video, as training runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from mpvn.reproductions.support.batch import Run
from mpvn.reproductions.support.result import Request

NEW, TRAINED, HELD = BEGINNINGS = ("new", "trained", "held")


@dataclass(frozen=True)
class Way:
    """One row.

    Attributes:
        series: the name of its curve.
        name: of the row.
        begins: `"new"` with new weights; `"trained"` with those of a sequential network that had half of the steps;
            `"held"` is the sequential network of all steps in another schedule, without further training.
        settings: that make it this way, `NAME=VALUE`.
        more: factor on the steps, for longer training.
    """

    series: str
    name: str
    begins: str
    settings: Sequence[str] = ()
    more: int = 1

    def __post_init__(self) -> None:
        assert self.begins in BEGINNINGS, self

    @property
    def label(self) -> str:
        """Its name, with what it began with and how long it was trained."""
        trained = ", from sequential weights" if self.settings else ""
        marks = {NEW: "", TRAINED: trained, HELD: ", not trained so"}[self.begins]
        return self.name + marks + (f", {self.more} times the steps" if self.more > 1 else "")

    @property
    def folder(self) -> str:
        """Its name in names of folders."""
        words = "".join(c if c.isalnum() else " " for c in self.name).split()
        return "_".join([*words, self.begins, *([str(self.more)] if self.more > 1 else [])])


@dataclass(frozen=True)
class Setting:
    """What ways are compared on.

    Attributes:
        task: its name.
        fps: frames per second of the figures.
        seed: of weights, data order and dropout.
        steps: of training, in all.
        gin_files: of every run.
        first_tick: from which on outputs are judged.
    """

    task: str
    fps: int
    seed: int
    steps: int
    gin_files: Sequence[str]
    first_tick: int

    @property
    def name(self) -> str:
        return f"{self.task}_{self.fps}fps_{self.seed}"


def sequential_run(setting: Setting, request: Request) -> Run:
    """The sequential network with half of the steps, with which others begin."""
    return _run("sequential", setting, request, setting.steps // 2, ())


def run_of(way: Way, setting: Setting, request: Request) -> Run:
    """The training run of a way that is not held."""
    params = []
    steps = way.more * setting.steps
    if way.begins == TRAINED:
        steps -= setting.steps // 2
        beginning = request.folder / "runs" / sequential_run(setting, request).name
        params = [f'train.initial_weights="{beginning}"']
    return _run(way.folder, setting, request, steps, way.settings, params)


def _run(
    name: str, setting: Setting, request: Request, steps: int, settings: Sequence[str], params: Sequence[str] = ()
) -> Run:
    return Run(
        f"{setting.name}_{name}",
        setting.gin_files,
        [f"walkers.fps={setting.fps}", f"train.steps={steps}", *settings],
        params=(
            f'walkers.data_dir="{request.folder / "data"}"',
            f"train.seed={setting.seed}",
            *params,
            *request.params,
        ),
        data=f"walkers at {setting.fps} frames/s",
        evaluated=judged(setting),
    )


def judged(setting: Setting) -> tuple[str, ...]:
    """Flags of evaluations."""
    return ("--streaming", f"--first_tick={setting.first_tick}", "--batch_size=50")
