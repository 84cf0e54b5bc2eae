"""Table 1: accuracy of action recognition by the number of parallel subnetworks."""

from pathlib import Path

from mpvn.reproductions.batch import run_all
from mpvn.reproductions.variants import Variant, run_of, settings_of
from mpvn.results import intervals as statistics
from mpvn.results import tables

# Top-1 accuracy on miniKinetics in per cent, by network and subnetworks; "distilled" has the most subnetworks.
PAPER = {
    ("inception_3d", 1): 71.8,
    ("par_inception", 1): 71.4,
    ("par_inception", 5): 66.0,
    ("par_inception", 10): 54.5,
    ("par_inception", "distilled"): 61.2,
    ("par_densenet", 1): 67.6,
    ("par_densenet", 7): 61.3,
    ("par_densenet", 14): 54.0,
}


def run(scale: str, folder: Path, params=()) -> None:
    """Trains and tests every row, with clocks and temporal filters as in the paper, and writes the table.

    Args:
        scale: one of `variants.SETTINGS`.
        folder: where runs and the table go.
        params: gin settings for every run.
    """
    setting = settings_of(scale)
    rows = {("inception_3d", 1): Variant("inception_3d", 1)}
    for network, levels in setting["levels"]["action"].items():
        for count in levels:
            rows[network, count] = Variant(network, count, clocks=True, temporal=True)
    first = next(iter(setting["levels"]["action"]))  # the paper distils its Par-Inception
    most = setting["levels"]["action"][first][-1]
    rows[first, "distilled"] = Variant(first, most, clocks=True, temporal=True, distillation=100.0)
    runs = {
        (row, seed): run_of(variant, "action", scale, folder, seed, params)
        for row, variant in rows.items()
        for seed in setting["seeds"]
    }
    outcomes = run_all(list(runs.values()), folder / "runs")
    found = {key: outcomes[one.name].measures for key, one in runs.items()}
    table = []
    for row, variant in rows.items():
        entry = {
            "network": row[0],
            "subnetworks": variant.subnetworks,
            "distilled": "yes" if row[1] == "distilled" else "",
        }
        for group in (name for name in found[row, setting["seeds"][0]] if name.startswith("accuracy")):
            entry[f"{group}, %"] = statistics.text([100 * found[row, seed][group] for seed in setting["seeds"]])
        entry["loss"] = statistics.text([found[row, seed]["loss"] for seed in setting["seeds"]], 3)
        table.append(entry | {"paper, miniKinetics": PAPER.get(row, "-")})
    shares = {name: _recovered(found, first, most, setting["seeds"], name) for name in ("accuracy", "loss")}
    notes = [
        tables.machine(),
        f"scale {scale}: walkers; seeds {', '.join(map(str, setting['seeds']))}, mean and 95% interval; halving clocks "
        f"and temporal filters of kernel 2 but for inception_3d, the non-causal reference over whole clips",
        f"share of what {first} with {most} subnetworks lost that distillation recovers: of the mean accuracy "
        f"{shares['accuracy']} (paper: 40%), of the mean loss {shares['loss']}",
    ]
    tables.report(folder, "table1", "Table 1: action recognition", table, notes)


def _recovered(found, network: str, most: int, seeds, name: str) -> str:
    """The share of what the most subnetworks lose of a measure's mean over seeds that distillation recovers."""
    best, lost, distilled = (sum(found[(network, row), seed][name] for seed in seeds) for row in (1, most, "distilled"))
    better = best > lost if name == "accuracy" else best < lost
    return f"{100 * (distilled - lost) / (best - lost):.0f}%" if better else "nothing was lost"
