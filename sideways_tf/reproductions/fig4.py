"""Fig. 4: loss of Sideways and backpropagation in training, over learning rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gin

from mpvn.ranges import Count, Rates
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.batch import Outcome, run_all, with_file
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import PERCENT, of_each
from mpvn.results import curves, tables
from sideways_tf.reproductions.support.runs import METHODS, run_of

FORMATS = {
    "learning rate": "g",
    "loss at the end": ".3f",
    "largest rise between reports": ".3f",
    "accuracy at the end, %": ".1f",
}


@gin.configurable("fig4", module="sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/sideways/fig4`.

    Attributes:
        rates: learning rates of every network and method.
        videos: `"walkers"`, or the data that a user has.
        at_once: how many runs go side by side; None for as many as there are cores.
        networks: {network: gin files of its runs}.
    """

    rates: Rates
    videos: str
    at_once: Count | None
    networks: Mapping[str, Sequence[str]]


def run(request: Request) -> None:
    """Trains with every learning rate, and draws loss over steps.

    A file of the request is a row, and a panel, with the settings of the first network and Sideways.
    """
    setting = settings.read(Settings, "sideways/fig4", request)
    runs = {
        (network, method, rate): run_of(
            f"{network}_{METHODS[method]}_{rate:g}",
            gin_files,
            setting.videos,
            request,
            (),
            method,
            fixed=[f"optimizer.learning_rate={rate}"],
        )
        for network, gin_files in setting.networks.items()
        for method in METHODS
        for rate in setting.rates
    }
    base = next(iter(setting.networks))
    for path in request.gin_files:
        runs |= {(path.stem, "Sideways", rate): with_file(runs[base, "Sideways", rate], path) for rate in setting.rates}
    outcomes = run_all(list(runs.values()), request.folder / "runs", setting.at_once, test=False)
    of_row = {key: outcomes[trained.name] for key, trained in runs.items()}
    panels: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for (network, method, rate), outcome in of_row.items():
        panels.setdefault(f"{network}, {method}", {})[f"{rate:g}"] = outcome.curve("loss")
    path, also = request.folder / "fig4.png", request.of_pictures
    picture = curves.draw(panels, path, "step", "loss", "learning rate", also=also)
    rows = tables.Rows((_row(*key, outcome) for key, outcome in of_row.items()), FORMATS)
    notes = [
        tables.machine(),
        f"scale {request.scale}, {setting.videos}, seed 0; loss and accuracy are of training",
    ]
    request.report("fig4", "Fig. 4: training over learning rates", rows, notes, [picture], runs=of_each(outcomes))


def _row(network: str, method: str, rate: float, outcome: Outcome) -> dict[str, Any]:
    return {
        "network": network,
        "method": method,
        "learning rate": rate,
        "loss at the end": outcome.at_end("loss"),
        "largest rise between reports": _rise([row["loss"] for row in outcome.metrics]),
        "accuracy at the end, %": outcome.at_end("accuracy", PERCENT),
    }


def _rise(losses: Sequence[float]) -> float:
    return max((later - before for before, later in zip(losses, losses[1:], strict=False)), default=0.0)


RESULT = Result(run, made_of_runs=True, takes_rows=True)
