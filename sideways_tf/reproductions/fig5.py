"""Fig. 5: accuracy in training when frames are skipped."""

from pathlib import Path

from mpvn.reproductions.batch import Run, run_all
from mpvn.results import curves, tables
from sideways_tf.reproductions.table1 import BINARY, METHODS, WALKERS

STRIDES = {"smoke": (2,), "small": (2, 3, 4, 5, 6), "paper": (2, 3, 4, 5, 6)}
# A favourable and an unfavourable learning rate; the paper's for its data, our choice for walkers.
RATES = {"smoke": (1e-3,), "small": (3e-4, 3e-3), "paper": (1e-5, 1e-4)}
STEPS = {"smoke": (4, 2), "small": (600, 100), "paper": (100000, 1000)}
NETWORK = {"smoke": "simple_cnn", "small": "vgg8", "paper": "vgg8"}


def run(scale: str, folder: Path, params=()) -> None:
    """Trains with every stride `k + 1`, on clips that are `k + 1` times longer; arguments as for `table1.run`."""
    network, data = NETWORK[scale], "ucf101" if scale == "paper" else "walkers"
    source = "video_files" if scale == "paper" else "walkers"
    steps, report_every = STEPS[scale]
    shared = [f"train.steps={steps}", f"train.report_every={report_every}", "train.decay=None"]
    if scale != "paper":
        longest = max(STRIDES[scale])
        # All strides come from the same clips, the longest that are needed.
        shared = [f'walkers.data_dir="{folder / "data"}"', *WALKERS[scale]["params"], *shared, "train.diagnostics=None"]
        shared += [f"walkers.longest_stride={longest}", "walkers.num_train=600", "walkers.num_test=120"]
        shared += ["walkers.num_train=24"] if scale == "smoke" else []
    runs = {
        (method, rate, stride): Run(
            f"{network}_{gradients}_{rate:g}_stride{stride}",
            f"sideways/{network}_{data}.gin",
            (
                *shared,
                f"{source}.stride={stride}",
                f"train.learning_rate={rate}",
                f'SidewaysModel.gradients="{gradients}"',
                *params,
            ),
            BINARY,
        )
        for method, gradients in METHODS.items()
        for rate in RATES[scale]
        for stride in STRIDES[scale]
    }
    outcomes = run_all(list(runs.values()), folder / "runs", at_once=1 if scale == "paper" else None, test=False)
    found = {key: outcomes[run.name] for key, run in runs.items()}
    panels = {
        f"{method}, learning rate {rate:g}": {
            str(stride): found[method, rate, stride].curve("accuracy", 100) for stride in STRIDES[scale]
        }
        for method in METHODS
        for rate in RATES[scale]
    }
    picture = curves.draw(panels, folder / "fig5.png", "step", "accuracy in training, %", "stride")
    rows = [
        {
            "method": method,
            "learning rate": f"{rate:g}",
            "stride": stride,
            "accuracy at the end, %": outcome.at_end("accuracy", ".1f", 100),
            "best, %": f"{100 * max((row['accuracy'] for row in outcome.metrics), default=0):.1f}",
        }
        for (method, rate, stride), outcome in found.items()
    ]
    notes = [tables.machine(), f"scale {scale}, {network} on {data}, seed 0; accuracy is of training"]
    tables.report(folder, "fig5", "Fig. 5: temporal strides", rows, notes, [picture])
