"""Table 1: accuracy of Sideways and backpropagation, action recognition."""

from pathlib import Path

from mpvn.reproductions.batch import Run, run_all
from mpvn.results import intervals as statistics
from mpvn.results import tables

# (data set, network): (backpropagation, Sideways), accuracy in per cent
PAPER = {
    ("hmdb51", "simple_cnn"): (17.2, 16.5),
    ("hmdb51", "vgg8"): (24.6, 25.8),
    ("ucf101", "simple_cnn"): (40.7, 42.16),
    ("ucf101", "vgg8"): (49.1, 53.8),
    ("ucf101", "vgg8_dropout"): (56.0, 58.2),
}
BINARY = "sideways_tf.train"
METHODS = {"backpropagation": "exact", "Sideways": "sideways"}

# All our choice. The paper's dropout of 0.9 is for 2048 features; narrow networks get less. Learning rates and steps
# are the same for both methods. `training`: (steps, steps between reports, learning rate).
WALKERS = {
    "smoke": {
        "seeds": (0,),
        "networks": {"simple_cnn": ("simple_cnn", 0.0)},
        "training": {"simple_cnn": (4, 2, 1e-3)},
        "params": (
            "walkers.num_frames=14",
            "walkers.size=32",
            "walkers.num_train=24",
            "walkers.num_validation=12",
            "walkers.num_test=24",
            "train.validation_clips=4",
            "train.batch_size=4",
            "simple_cnn.width=0.1",
        ),
    },
    "small": {
        "seeds": (0, 1, 2),
        "networks": {
            "simple_cnn": ("simple_cnn", 0.0),
            "simple_cnn, dropout": ("simple_cnn", 0.5),
            "vgg8": ("vgg8", 0.0),
            "vgg8, dropout": ("vgg8", 0.5),
            # Half the staleness, to tell what the differences above come from.
            "vgg8, 4 subnetworks": ("vgg8", 0.0),
        },
        "training": {
            "simple_cnn": (4000, 1000, 1e-3),
            "vgg8": (5000, 1000, 3e-4),
        },
        "extra": {"vgg8, 4 subnetworks": ("network.num_subnetworks=4",)},
        "params": (
            "walkers.num_frames=24",
            "walkers.size=32",
            "walkers.num_test=2400",
            # Without it, late gradients let features grow that no batch normalisation holds.
            "train.weight_decay=0.3",
            "simple_cnn.width=0.5",
            "vgg8.width=0.125",
        ),
    },
}


def run(scale: str, folder: Path, params=()) -> None:
    """Trains and tests every row, and writes the table.

    Args:
        scale: `"smoke"` and `"small"` on walkers, `"paper"` on UCF101 and HMDB51 folders.
        folder: where runs and the table go.
        params: gin settings for every run. At paper scale, where the videos are: `ucf101/video_files.root` and
            `split_dir`, and the same of `hmdb51`.
    """
    rows = _paper(folder, params) if scale == "paper" else _walkers(scale, folder, params)
    notes = [
        tables.machine(),
        f"scale {scale}; accuracy in per cent, mean and 95% interval over seeds; a clip is judged by the mean over its "
        f"valid ticks",
        "backpropagation: exact gradients through the same network and registers, the same ticks in training and test",
    ]
    if scale != "paper":
        notes.append(
            "walkers: appearance classes are told by a single frame, motion classes come in pairs that a network "
            "that sees one frame at a time cannot tell apart; the paper's numbers are of other data and bigger networks"
        )
    tables.report(folder, "table1", "Table 1: action recognition", rows, notes)


def _walkers(scale: str, folder: Path, params) -> list[dict]:
    setting = WALKERS[scale]
    runs = {}
    for name, (network, dropout) in setting["networks"].items():
        steps, report_every, rate = setting["training"][network]
        for method, gradients in METHODS.items():
            for seed in setting["seeds"]:
                runs[name, method, seed] = Run(
                    f"{name.replace(', ', '_').replace(' ', '_')}_{gradients}_{seed}",
                    f"sideways/{network}_walkers.gin",
                    (
                        f'walkers.data_dir="{folder / "data"}"',
                        *setting["params"],
                        f"train.steps={steps}",
                        f"train.report_every={report_every}",
                        f"train.learning_rate={rate}",
                        f"{network}.dropout={dropout}",
                        f'SidewaysModel.gradients="{gradients}"',
                        f"train.seed={seed}",
                        *setting.get("extra", {}).get(name, ()),
                        *params,
                    ),
                    BINARY,
                )
    outcomes = run_all(list(runs.values()), folder / "runs")
    rows = []
    for name in setting["networks"]:
        for group in ("accuracy", "accuracy on appearance classes", "accuracy on motion classes"):
            values = {
                method: [100 * outcomes[runs[name, method, seed].name].measures[group] for seed in setting["seeds"]]
                for method in METHODS
            }
            differences = [s - b for s, b in zip(values["Sideways"], values["backpropagation"], strict=True)]
            paper = PAPER.get(("ucf101", name.replace(", ", "_"))) if group == "accuracy" else None
            rows.append(
                {
                    "network": name,
                    "classes": group.removeprefix("accuracy on ").removesuffix(" classes").replace("accuracy", "all"),
                    **{method: statistics.text(values[method]) for method in METHODS},
                    "Sideways - backpropagation": statistics.text(differences),
                    "paper, UCF101": f"{paper[0]} / {paper[1]}" if paper else "-",
                    "seeds": ", ".join(map(str, setting["seeds"])),
                }
            )
    return rows


def _paper(folder: Path, params) -> list[dict]:
    runs = {
        (data, network, method): Run(
            f"{network}_{data}_{gradients}",
            f"sideways/{network}_{data}.gin",
            (f'SidewaysModel.gradients="{gradients}"', *params),
            BINARY,
        )
        for data, network in PAPER
        for method, gradients in METHODS.items()
    }
    outcomes = run_all(list(runs.values()), folder / "runs", at_once=1)
    return [
        {
            "data": data,
            "network": network,
            **{m: f"{100 * outcomes[runs[data, network, m].name].measures['accuracy']:.1f}" for m in METHODS},
            "paper": f"{values[0]} / {values[1]}",
        }
        for (data, network), values in PAPER.items()
    ]
