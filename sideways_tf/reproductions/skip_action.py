"""Skip-Sideways on actions: do skip connections let a network that is trained with late gradients see motion?"""

from pathlib import Path

from mpvn.errors import InputError
from mpvn.reproductions.batch import Run, run_all
from mpvn.results import curves, tables
from mpvn.results import intervals as statistics
from sideways_tf.reproductions.skips import METHODS, VARIANTS, folder_name, walkers_run

# All our choice. Motion takes many different clips to learn, so clips are short and batches large. `exact` and
# `appearance`: variants that are also trained with exact gradients, and on appearance classes. `steadiness`: what is
# also trained at `rates` other than `rate`, with the first seed.
SETTINGS = {
    "smoke": {
        "seeds": (0,),
        "variants": ("no skips", "concat, dense"),
        "exact": ("concat, dense",),
        "appearance": ("no skips",),
        "rate": 1e-3,
        "rates": (1e-2,),
        "steadiness": (("no skips", "Sideways"),),
        "params": (
            "walkers.num_frames=12",
            "walkers.size=32",
            "walkers.num_train=48",
            "walkers.num_test=24",
            "train.steps=2",
            "train.report_every=1",
            "train.batch_size=4",
            "simple_cnn.width=0.1",
            "network.num_subnetworks=3",
        ),
    },
    "small": {
        "seeds": (0, 1, 2),
        "variants": tuple(VARIANTS),
        "exact": ("concat, next but one",),
        "appearance": ("no skips", "concat, next but one"),
        "rate": 3e-3,
        "rates": (1e-3, 1e-2),
        "steadiness": (
            ("no skips", "Sideways"),
            ("concat, next but one", "Sideways"),
            ("concat, next but one", "exact"),
        ),
        "params": (
            "walkers.num_frames=6",
            "walkers.fps=8",
            "walkers.size=32",
            "walkers.num_train=40000",
            "walkers.num_test=2400",
            "train.steps=5000",
            "train.report_every=500",
            "train.batch_size=64",
            "train.decay='cosine'",
            "simple_cnn.width=0.25",
            # The last subnetwork, whose gradients are exact, is the one that can compare frames.
            'network.boundaries=["conv2", "conv3"]',
            "network.num_subnetworks=None",
        ),
    },
}
SETTINGS["paper"] = {
    **SETTINGS["small"],
    "rate": 1e-3,
    "rates": (3e-4, 3e-3),
    "params": (
        "walkers.num_frames=64",
        "walkers.size=112",
        "walkers.num_train=60000",
        "walkers.num_test=2400",
        "train.steps=20000",
        "train.report_every=1000",
        "network.num_subnetworks=6",
    ),
}


def run(scale: str, folder: Path, params=()) -> None:
    """Trains and tests every variant; writes a table, and another with curves over learning rates.

    The appearance classes and the motion classes are two data sets. The paper's are Kinetics-600, UCF101 and HMDB51.

    Args:
        scale: one of `SETTINGS`.
        folder: where runs and the table go.
        params: gin settings for every run.
    """
    setting = SETTINGS[scale]
    if any(param.startswith("train.learning_rate") for param in params):
        raise InputError("train.learning_rate: the rates are those of the result, which names them: leave it out")
    wanted = [("motion", variant, "Sideways") for variant in setting["variants"]]
    wanted += [("motion", variant, "exact") for variant in setting["exact"]]
    wanted += [("appearance", variant, "Sideways") for variant in setting["appearance"]]
    runs = {(*key, seed): _run(*key, seed, setting, folder, params) for key in wanted for seed in setting["seeds"]}
    outcomes = run_all(list(runs.values()), folder / "runs")

    def measures(key, name):
        return [outcomes[runs[(*key, seed)].name].measures[name] for seed in setting["seeds"]]

    rows = []
    for classes, variant, method in wanted:
        plain = measures((classes, "no skips", "Sideways"), "accuracy")
        found = measures((classes, variant, method), "accuracy")
        losses = [outcomes[runs[classes, variant, method, seed].name].metrics[-1]["loss"] for seed in setting["seeds"]]
        rows.append(
            {
                "classes": classes,
                "wiring": variant,
                "gradients": method,
                "accuracy, %": statistics.text([100 * one for one in found]),
                "to Sideways without skips": statistics.text(
                    [100 * (a - b) for a, b in zip(found, plain, strict=True)]
                ),
                "training loss at the end": statistics.text(losses, 2),
            }
        )
    about = (
        f"scale {scale}: Simple-CNN with batch normalisation on walkers, {', '.join(setting['params'])}, "
        f"train.learning_rate={setting['rate']}; seeds {', '.join(map(str, setting['seeds']))}, mean and 95% interval"
    )
    notes = [
        tables.machine(),
        about,
        "motion classes are three pairs: a network that sees one frame at a time can tell the pairs, which is 50%; of "
        "appearance classes a single frame tells all",
        "the variants are ours, and read the frame as well as earlier subnetworks; no numbers of the paper are known",
    ]
    tables.report(folder, "skip_action", "Skip-Sideways: action recognition", rows, notes)
    _steadiness(scale, folder, params)


def _steadiness(scale: str, folder: Path, params) -> None:
    """Training over learning rates: a table and curves, with the first seed."""
    setting = SETTINGS[scale]
    seed = setting["seeds"][0]
    rates = sorted((setting["rate"], *setting["rates"]))
    runs = {
        (variant, method, rate): _run("motion", variant, method, seed, setting, folder, params, rate)
        for variant, method in setting["steadiness"]
        for rate in rates
    }
    outcomes = run_all(list(runs.values()), folder / "runs", test=False)
    rows = [
        {
            "wiring": variant,
            "gradients": method,
            "learning rate": f"{rate:g}",
            "training loss at the end": outcomes[one.name].at_end("loss", ".2f"),
            "training accuracy at the end, %": outcomes[one.name].at_end("accuracy", ".1f", 100),
        }
        for (variant, method, rate), one in runs.items()
    ]
    panels = {
        f"{variant} ({method})": {
            f"{rate:g}": outcomes[runs[variant, method, rate].name].curve("loss") for rate in rates
        }
        for variant, method in setting["steadiness"]
    }
    picture = curves.draw(panels, folder / "skip_action_rates.png", "step", "loss, motion classes", "learning rate")
    notes = [tables.machine(), f"scale {scale}: settings of skip_action, motion classes, seed {seed}"]
    tables.report(folder, "skip_action_rates", "Skip-Sideways: learning rates", rows, notes, [picture])


def _run(classes, variant, method, seed, setting, folder, params, rate=None) -> Run:
    name = f"{classes}_{folder_name(variant)}_{METHODS[method]}_{seed}"
    if rate not in (None, setting["rate"]):
        name = f"{name}_rate{rate:g}"
    given = (*setting["params"], f"train.learning_rate={rate or setting['rate']}")
    return walkers_run(name, classes, variant, METHODS[method], seed, folder, (*given, *params))
