"""Fig. 4: loss of Sideways and backpropagation in training, over learning rates."""

from pathlib import Path

from mpvn.reproductions.batch import Run, run_all
from mpvn.results import curves, tables
from sideways_tf.reproductions.table1 import BINARY, METHODS, WALKERS

# Our choice; the paper's are 1e-5 and 1e-4, with several weight decays that it does not name.
RATES = {"smoke": (1e-3,), "small": (3e-4, 1e-3, 3e-3), "paper": (1e-5, 1e-4)}
NETWORKS = {"smoke": ("simple_cnn",), "small": ("simple_cnn", "vgg8"), "paper": ("simple_cnn", "vgg8")}
STEPS = {"smoke": (4, 1), "small": (1500, 100), "paper": (100000, 1000)}


def run(scale: str, folder: Path, params=()) -> None:
    """Trains with every learning rate, and draws loss over steps; arguments as for `table1.run`."""
    data = "hmdb51" if scale == "paper" else "walkers"
    steps, report_every = STEPS[scale]
    shared = [f"train.steps={steps}", f"train.report_every={report_every}", "train.decay=None"]
    if scale != "paper":
        shared = [f'walkers.data_dir="{folder / "data"}"', *WALKERS[scale]["params"], *shared, "train.diagnostics=None"]
    runs = {
        (network, method, rate): Run(
            f"{network}_{gradients}_{rate:g}",
            f"sideways/{network}_{data}.gin",
            (*shared, f"train.learning_rate={rate}", f'SidewaysModel.gradients="{gradients}"', *params),
            BINARY,
        )
        for network in NETWORKS[scale]
        for method, gradients in METHODS.items()
        for rate in RATES[scale]
    }
    outcomes = run_all(list(runs.values()), folder / "runs", at_once=1 if scale == "paper" else None, test=False)
    found = {key: outcomes[run.name] for key, run in runs.items()}
    panels = {
        f"{network}, {method}": {f"{rate:g}": found[network, method, rate].curve("loss") for rate in RATES[scale]}
        for network in NETWORKS[scale]
        for method in METHODS
    }
    picture = curves.draw(panels, folder / "fig4.png", "step", "loss", "learning rate")
    rows = [
        {
            "network": network,
            "method": method,
            "learning rate": f"{rate:g}",
            "loss at the end": outcome.at_end("loss", ".3f"),
            "largest rise between reports": f"{_rise([row['loss'] for row in outcome.metrics]):.3f}",
            "accuracy at the end, %": outcome.at_end("accuracy", ".1f", 100),
        }
        for (network, method, rate), outcome in found.items()
    ]
    notes = [tables.machine(), f"scale {scale}, {data}, seed 0; loss and accuracy are of training"]
    tables.report(folder, "fig4", "Fig. 4: training over learning rates", rows, notes, [picture])


def _rise(losses) -> float:
    return max((later - before for before, later in zip(losses, losses[1:], strict=False)), default=0.0)
