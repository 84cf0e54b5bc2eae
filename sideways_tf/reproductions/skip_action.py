"""Skip-Sideways on actions: do skip connections let a network that is trained with late gradients see motion?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import gin

from mpvn.errors import InputError
from mpvn.ranges import NotEmpty, Positive, Seeds
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import Outcome, Run, run_all, with_file
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import PERCENT, listed, of_each, over_seeds
from mpvn.results import curves, tables
from mpvn.results.intervals import interval
from sideways_tf.reproductions.support.runs import file_name
from sideways_tf.reproductions.support.skips import GRADIENTS, walkers_run

FORMATS = {"accuracy, %": ".1f", "to Sideways without skips": ".1f", "training loss at the end": ".2f"}
RATES_FORMATS = {"learning rate": "g", "training loss at the end": ".2f", "training accuracy at the end, %": ".1f"}


@gin.configurable("skip_action", module="skip_sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/skip_sideways/skip_action`.

    Attributes:
        seeds: of every row.
        wirings: {wiring: gin files that it adds}; the first one is what the others are compared with.
        exact: wirings that are also trained with exact gradients.
        appearance: wirings that are also trained on appearance classes.
        rate: the learning rate.
        other_rates: at which `steadiness` is also trained, with the first seed.
        steadiness: pairs (wiring, gradients).
        gin_files: of every run.
    """

    seeds: Seeds
    wirings: Annotated[Mapping[str, Sequence[str]], NotEmpty()]
    exact: Sequence[str]
    appearance: Sequence[str]
    rate: Positive
    other_rates: Sequence[Positive]
    steadiness: Sequence[tuple[str, str]]
    gin_files: Sequence[str]


def run(request: Request) -> None:
    """Trains and tests every variant; writes a table, and another with curves over learning rates.

    The appearance classes and the motion classes are two data sets. A file of the request is a row with the settings
    of the first wiring, on motion classes.
    """
    setting = settings.read(Settings, "skip_sideways/skip_action", request)
    named = {"exact": setting.exact, "appearance": setting.appearance, "steadiness": dict(setting.steadiness)}
    for name, wirings in named.items():
        settings.check_names(f"skip_action.{name}", wirings, setting.wirings)
    if any(param.startswith(("optimizer.learning_rate", "train.learning_rate")) for param in request.params):
        raise InputError("optimizer.learning_rate: the rates are those of the result, which names them: leave it out")
    plain = next(iter(setting.wirings))
    keys = [("motion", wiring, "Sideways") for wiring in setting.wirings]
    keys += [("motion", wiring, "exact") for wiring in setting.exact]
    keys += [("appearance", wiring, "Sideways") for wiring in setting.appearance]
    runs = {key: [_run(*key, seed, setting, request) for seed in setting.seeds] for key in keys}
    for path in request.gin_files:
        runs["motion", path.stem, "Sideways"] = [with_file(base, path) for base in runs["motion", plain, "Sideways"]]
    outcomes = run_all([one for of_key in runs.values() for one in of_key], request.folder / "runs")
    of_row = {key: [outcomes[one.name] for one in of_key] for key, of_key in runs.items()}
    rows = [_row(key, of_row[key], of_row[key[0], plain, "Sideways"]) for key in of_row]
    notes = [
        tables.machine(),
        f"scale {request.scale}: Simple-CNN with batch normalisation on walkers, "
        f"{settings.words(setting.gin_files[-1])}, optimizer.learning_rate={setting.rate}; "
        f"seeds {listed(setting.seeds)}, "
        f"mean and 95% interval",
        "motion classes are three pairs: a network that sees one frame at a time can tell the pairs, which is 50%; of "
        "appearance classes a single frame tells all",
        "the variants are ours, and read the frame as well as earlier subnetworks; no numbers of the paper are known",
    ]
    rows = tables.Rows(rows, FORMATS)
    request.report("skip_action", "Skip-Sideways: action recognition", rows, notes, runs=of_each(outcomes))
    _steadiness(setting, request)


def _row(key: tuple[str, str, str], outcomes: Sequence[Outcome], plain: Sequence[Outcome]) -> dict[str, Any]:
    classes, wiring, gradients = key
    pairs = zip(outcomes, plain, strict=True)
    return {
        "classes": classes,
        "wiring": wiring,
        "gradients": gradients,
        "accuracy, %": over_seeds(outcomes, "accuracy", PERCENT),
        "to Sideways without skips": interval(
            [PERCENT * (a.measures["accuracy"] - b.measures["accuracy"]) for a, b in pairs]
        ),
        "training loss at the end": interval([outcome.metrics[-1]["loss"] for outcome in outcomes]),
    }


def _steadiness(setting: Settings, request: Request) -> None:
    """Training over learning rates: a table and curves, with the first seed."""
    seed = setting.seeds[0]
    rates = sorted((setting.rate, *setting.other_rates))
    runs = {
        (wiring, gradients, rate): _run("motion", wiring, gradients, seed, setting, request, rate)
        for wiring, gradients in setting.steadiness
        for rate in rates
    }
    outcomes = run_all(list(runs.values()), request.folder / "runs", test=False)
    rows = []
    panels: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for (wiring, gradients, rate), trained in runs.items():
        outcome = outcomes[trained.name]
        rows.append(
            {
                "wiring": wiring,
                "gradients": gradients,
                "learning rate": rate,
                "training loss at the end": outcome.at_end("loss"),
                "training accuracy at the end, %": outcome.at_end("accuracy", PERCENT),
            }
        )
        panels.setdefault(f"{wiring} ({gradients})", {})[f"{rate:g}"] = outcome.curve("loss")
    path = request.folder / "skip_action_rates.png"
    picture = curves.draw(panels, path, "step", "loss, motion classes", "learning rate", also=request.of_pictures)
    notes = [tables.machine(), f"scale {request.scale}: settings of skip_action, motion classes, seed {seed}"]
    rows = tables.Rows(rows, RATES_FORMATS)
    request.report("skip_action_rates", "Skip-Sideways: learning rates", rows, notes, [picture], runs=of_each(outcomes))


def _run(
    classes: str,
    wiring: str,
    gradients: str,
    seed: int,
    setting: Settings,
    request: Request,
    rate: float | None = None,
) -> Run:
    name = f"{classes}_{file_name(wiring)}_{GRADIENTS[gradients]}_{seed}"
    if rate not in (None, setting.rate):
        name = f"{name}_rate{rate:g}"
    files = (*setting.gin_files, *setting.wirings[wiring])
    varied = [f"optimizer.learning_rate={rate or setting.rate}"]
    return walkers_run(name, files, varied, classes, gradients, seed, request)


RESULT = Result(run, made_of_runs=True, takes_rows=True)
