"""Figs. 6 and 7: loss of keypoint localisation by the number of subnetworks, with and without distillation."""

from collections.abc import Sequence
from pathlib import Path

from mpvn.reproductions.batch import run_all
from mpvn.reproductions.variants import Variant, run_of, settings_of
from mpvn.results import curves, tables
from mpvn.results import intervals as statistics


def run(scale: str, folder: Path, params=()) -> None:
    """Fig. 6: clocks (CI), temporal filters (T) and feedback (FB); arguments as for `table1.run`.

    The plain networks at every number of subnetworks, the others at the ends: on two cores each takes its time, and
    training with feedback goes tick by tick, which is four times as slow.
    """
    variants = []
    for network, levels in settings_of(scale)["levels"]["keypoints"].items():
        ends = (levels[0], levels[-1])
        variants += [Variant(network, count) for count in levels] if scale != "smoke" else []
        variants += [Variant(network, count, clocks=True, temporal=True) for count in ends]
        variants += [Variant(network, ends[1], clocks=True, temporal=True, feedback=True)] if scale != "smoke" else []
    compare(variants, scale, folder, params, "fig6", "Fig. 6: keypoint localisation")


def compare(variants: Sequence[Variant], scale: str, folder: Path, params, name: str, title: str) -> None:
    """Trains and tests variants on keypoints, and writes a table and curves of the loss over subnetworks."""
    setting = settings_of(scale)
    runs = {
        (v, seed): run_of(v, "keypoints", scale, folder, seed, params) for v in variants for seed in setting["seeds"]
    }
    outcomes = run_all(list(runs.values()), folder / "runs")
    rows, lines = [], {}
    for variant in variants:
        found = [outcomes[runs[variant, seed].name].measures for seed in setting["seeds"]]
        label = f"{variant.network}, {variant.kind}" + (", distilled" if variant.distillation else "")
        label += f", latency {variant.latency}" if variant.latency else ""
        rows.append(
            {
                "network": label,
                "subnetworks": variant.subnetworks,
                "loss": statistics.text([one["loss"] for one in found], 4),
                "PCK@0.2, %": statistics.text([100 * one["pck"] for one in found]),
                "joint error, px": statistics.text([one["joint_error"] for one in found], 2),
            }
        )
        mean = sum(one["loss"] for one in found) / len(found)
        lines.setdefault(label, []).append((variant.subnetworks, mean))
    picture = curves.draw({title: lines}, folder / f"{name}.png", "subnetworks", "weighted cross-entropy", "")
    notes = [
        tables.machine(),
        f"scale {scale}: walkers; seeds {', '.join(map(str, setting['seeds']))}, mean and 95% interval; prediction "
        f"latency 0 where it is not given; CI: halving clocks, T: temporal filters of kernel 2, FB: feedback",
        "the paper has these as curves without numbers, on miniKinetics with joints",
    ]
    tables.report(folder, name, title, rows, notes, [picture])
