"""Fig. 8: weights in other schedules than they were trained in, and prediction latency."""

from pathlib import Path

from mpvn.reproductions.batch import evaluation_of, run_all
from mpvn.reproductions.fig6 import compare
from mpvn.reproductions.variants import Variant, run_of, settings_of
from mpvn.results import intervals as statistics
from mpvn.results import tables

LATENCIES = {"smoke": (0, 2), "small": (0, 2)}  # in frames


def run(scale: str, folder: Path, params=()) -> None:
    """Left: sequential and fully parallel weights at every level; right: latencies. Arguments as for `table1.run`."""
    setting = settings_of(scale)
    network, levels = list(setting["levels"]["keypoints"].items())[-1]
    trained = {f"trained with {n}": Variant(network, n) for n in (levels[0], levels[-1])}
    trained |= {"trained as it runs": None}
    ours = {n: Variant(network, n) for n in levels}
    runs = {(n, s): run_of(v, "keypoints", scale, folder, s, params) for n, v in ours.items() for s in setting["seeds"]}
    run_all(list(runs.values()), folder / "runs")
    rows = []
    for label, variant in trained.items():
        row = {"weights": label}
        for count in levels:
            losses = []
            for seed in setting["seeds"]:
                source = runs[count if variant is None else variant.subnetworks, seed]
                losses.append(evaluation_of(folder / "runs" / source.name, count)["loss"])
            row[f"loss with {count} subnetworks"] = statistics.text(losses, 4)
        rows.append(row)
    notes = [
        tables.machine(),
        f"scale {scale}: keypoints on walkers, {network} without clocks; seeds "
        f"{', '.join(map(str, setting['seeds']))}, mean and 95% interval",
    ]
    tables.report(folder, "fig8_transfer", "Fig. 8, left: weights in other schedules", rows, notes)
    variants = [Variant(network, n, latency=p) for p in LATENCIES[scale] for n in levels]
    compare(variants, scale, folder, params, "fig8", "Fig. 8, right: prediction latency")
