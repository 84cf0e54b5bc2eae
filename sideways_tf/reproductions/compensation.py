"""Delay compensation, compared on auto-encoding at frame rate: not in the paper, the next idea."""

from dataclasses import dataclass

import gin

from mpvn.ranges import Rates
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.rows import listed
from mpvn.results import tables
from mpvn.results.intervals import interval
from sideways_tf.reproductions.support.streams import Streams

OPTIMIZERS = ("momentum", "spike compensation", "weight prediction", "both")
FORMATS = {"MSE": ".4f", "learning rate": "g", "MSE at each rate of the sweep": ".4f"}


@gin.configurable("compensation", module="sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/sideways/compensation`.

    Attributes:
        rates: learning rates that every optimizer is tried with.
    """

    rates: Rates


def run(request: Request) -> None:
    """Trains with each of `OPTIMIZERS` on the same streams and writes a table."""
    rates = settings.read(Settings, "sideways/compensation", request).rates
    streams = Streams(request)
    setting, rows = streams.setting, []
    for optimizer in OPTIMIZERS:
        shared = {"method": "sideways", "optimizer": optimizer}
        rate, errors = streams.best_rate(rates, **shared)
        results = streams.learn([{**shared, "learning_rate": rate, "seed": seed} for seed in setting.seeds])
        rows.append(
            {
                "momentum descent with": "no compensation" if optimizer == "momentum" else optimizer,
                "MSE": interval([result["mse"] for result in results]),
                "learning rate": rate,
                "MSE at each rate of the sweep": tuple(errors.values()) or "-",
            }
        )
    notes = [
        tables.machine(),
        f"scale {request.scale}: Sideways, an update at every tick, momentum 0.9; streams as for table3, "
        f"{setting.words}; seeds {listed(setting.seeds)}",
        "mean and 95% interval over seeds; delay of subnetwork i of D: 2 (D - 1 - i) updates; sources: Kosson et al., "
        "arXiv 2003.11666",
        f"learning rates {', '.join(f'{rate:g}' for rate in rates)}, on seeds {listed(setting.sweep_seeds)}; inf: it "
        f"diverged",
    ]
    request.report("compensation", "Delay compensation", tables.Rows(rows, FORMATS), notes)


RESULT = Result(run, shares=["streams"])
