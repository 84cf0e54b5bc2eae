"""Fig. 5 on streams: auto-encoding at frame rate over temporal strides, of made video or of recordings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gin

from mpvn.errors import InputError
from mpvn.ranges import Counts, Positive
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import listed
from mpvn.results import curves, tables
from mpvn.results.intervals import interval
from sideways_tf.reproductions.support.streams import Streams
from sideways_tf.stream_learning import METHODS


@gin.configurable("fig5_streams", module="sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/sideways/fig5_streams`.

    Attributes:
        strides: every how many frames there is a tick.
        rates: {method: learning rate}.
    """

    strides: Counts
    rates: Mapping[str, Positive]


def run(request: Request) -> None:
    """Lets every method learn from the same streams at every stride, and writes a table and curves.

    For recordings, give the parameter `sideways.streams.videos`, a folder.
    """
    setting = settings.read(Settings, "sideways/fig5_streams", request)
    if missing := [method for method in METHODS if method not in setting.rates]:
        raise InputError(f"fig5_streams.rates has none for {', '.join(missing)}: give each method its learning rate")
    streams = Streams(request)
    seeds = streams.setting.seeds
    learners: list[dict[str, Any]] = [
        {"method": method, "learning_rate": setting.rates[method], "seed": seed, "stride": stride}
        for stride in setting.strides
        for method in METHODS
        for seed in seeds
    ]
    results = iter(streams.learn(learners))
    errors = {
        (stride, method): [next(results)["mse"] for _ in seeds] for stride in setting.strides for method in METHODS
    }
    rows = [_row(stride, {method: errors[stride, method] for method in METHODS}) for stride in setting.strides]
    curve = {method: [(stride, interval(errors[stride, method])) for stride in setting.strides] for method in METHODS}
    title = "Fig. 5 on streams: error over strides"
    path = request.folder / "fig5_streams.png"
    picture = curves.draw({title: curve}, path, "stride, frames", "mean squared error", "", also=request.of_pictures)
    notes = [
        tables.machine(),
        f"scale {request.scale}: {streams.setting.words} in a row, at every stride, {streams.setting.size} x "
        f"{streams.setting.size}, {streams.setting.batch} streams side by side, autoencoder of width "
        f"{streams.setting.width}, Adam; seeds {listed(seeds)}",
        "error of the output that is there at each tick against the frame of that tick, over the last quarter of the "
        "stream; mean and 95% interval over seeds; the last column has the mean of the ratios on each seed",
        "learning rates: " + ", ".join(f"{method} {rate:g}" for method, rate in setting.rates.items()),
        "the paper's Fig. 5 is about action recognition and has no numbers",
    ]
    formats = dict.fromkeys(METHODS, ".4f") | {"Sideways to every frame": ".2f"}
    request.report("fig5_streams", title, tables.Rows(rows, formats), notes, [picture])


def _row(stride: int, errors: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    pairs = zip(errors["sideways"], errors["backpropagation, every frame"], strict=True)
    return {
        "stride": stride,
        **{method: interval(errors[method]) for method in METHODS},
        "Sideways to every frame": interval([sideways / every for sideways, every in pairs]),
    }


RESULT = Result(run, shares=["streams"])
