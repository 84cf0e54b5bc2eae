"""Skip-Sideways on actions: do skip connections let a network that is trained with late gradients see motion?"""

from pathlib import Path

from mpvn.benchmarks import tables
from mpvn.reproductions import curves, statistics
from mpvn.reproductions.runs import Run, run_all
from sideways_tf.reproductions.skips import SMOKE, folder_name, walkers_run

# All our choice. Motion takes many different clips to learn, so clips are short and batches large. `exact` and
# `appearance`: variants that are also trained with exact gradients, and on appearance classes, whose variants are also
# trained at other `rates`, with the settings `steadiness`.
SETTINGS = {
    "smoke": {
        "seeds": (0,),
        "variants": ("no skips", "concat, dense"),
        "exact": ("concat, dense",),
        "appearance": ("no skips",),
        "rates": (1e-3,),
        "steadiness": (),
        "params": (*SMOKE, "network.num_subnetworks=3"),
    },
    "small": {
        "seeds": (0, 1, 2),
        "variants": ("no skips", "concat, next but one", "concat, dense"),
        "exact": ("concat, next but one",),
        "appearance": ("no skips", "concat, next but one"),
        "rates": (1e-3, 3e-3, 1e-2),
        "steadiness": ("train.steps=1000", "train.report_every=100"),
        "params": (
            "walkers.num_frames=6",
            "walkers.fps=8",
            "walkers.size=32",
            "walkers.num_train=40000",
            "walkers.num_test=2400",
            "train.steps=5000",
            "train.report_every=500",
            "train.batch_size=64",
            "train.learning_rate=3e-3",
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
    "steadiness": (),
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
METHODS = {"Sideways": "sideways", "exact": "exact"}


def run(scale: str, folder: Path, params=()) -> None:
    """Trains and tests every variant; writes a table, and curves over learning rates.

    The appearance classes and the motion classes are two data sets. The paper's are Kinetics-600, UCF101 and HMDB51.

    Args:
        scale: one of `SETTINGS`.
        folder: where runs and the table go.
        params: gin settings for every run.
    """
    setting = SETTINGS[scale]
    wanted = [("motion", variant, "Sideways") for variant in setting["variants"]]
    wanted += [("motion", variant, "exact") for variant in setting["exact"]]
    wanted += [("appearance", variant, "Sideways") for variant in setting["appearance"]]
    runs = {(*key, seed): _run(*key, seed, setting, folder, params) for key in wanted for seed in setting["seeds"]}
    steadiness = {
        (variant, rate): _run("motion", variant, "Sideways", setting["seeds"][0], setting, folder, params, rate)
        for variant in setting["appearance"]
        for rate in setting["rates"]
    }
    outcomes = run_all(list(runs.values()), folder / "runs")
    over_rates = run_all(list(steadiness.values()), folder / "runs", test=False)

    def accuracies(key):
        return [100 * outcomes[runs[(*key, seed)].name].measures["accuracy"] for seed in setting["seeds"]]

    rows = []
    for key in wanted:
        classes, variant, method = key
        plain = accuracies((classes, "no skips", "Sideways"))
        found = accuracies(key)
        rows.append(
            {
                "classes": classes,
                "wiring": variant,
                "gradients": method,
                "accuracy, %": statistics.text(found),
                "to Sideways without skips": statistics.text([a - b for a, b in zip(found, plain, strict=True)]),
                "training loss at the end": statistics.text(
                    [outcomes[runs[(*key, seed)].name].metrics[-1]["loss"] for seed in setting["seeds"]], 2
                ),
            }
        )
    panels = {
        variant: {
            f"{rate:g}": over_rates[one.name].curve("loss") for (v, rate), one in steadiness.items() if v == variant
        }
        for variant in setting["appearance"]
    }
    picture = curves.draw(panels, folder / "skip_action.png", "step", "loss, motion classes", "learning rate")
    notes = [
        tables.machine(),
        f"scale {scale}: Simple-CNN with batch normalisation on walkers, {', '.join(setting['params'])}; seeds "
        f"{', '.join(map(str, setting['seeds']))}, mean and 95% interval",
        "motion classes are three pairs: a network that sees one frame at a time can tell the pairs, which is 50%; of "
        "appearance classes a single frame tells all",
        "the variants are ours, and read the frame as well as earlier subnetworks; no numbers of the paper are known",
    ]
    tables.report(folder, "skip_action", "Skip-Sideways: action recognition", rows, notes, [picture])


def _run(classes, variant, method, seed, setting, folder, params, rate=None) -> Run:
    name = f"{classes}_{folder_name(variant)}_{METHODS[method]}_{seed}"
    given = setting["params"]
    if rate is not None:
        name, given = f"{name}_rate{rate:g}", (*given, *setting["steadiness"], f"train.learning_rate={rate}")
    return walkers_run(name, classes, variant, METHODS[method], seed, folder, (*given, *params))
