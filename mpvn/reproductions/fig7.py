"""Fig. 7: keypoint localisation with and without sequential-to-parallel distillation."""

import dataclasses
from pathlib import Path

from mpvn.reproductions.fig6 import compare
from mpvn.reproductions.variants import Variant, settings_of


def run(scale: str, folder: Path, params=()) -> None:
    """Networks with clocks, temporal filters and feedback; arguments as for `table1.run`."""
    network, levels = list(settings_of(scale)["levels"].items())[-1]
    plain = [Variant(network, count, clocks=True, temporal=True, feedback=True) for count in levels]
    distilled = [dataclasses.replace(variant, distillation=1.0) for variant in plain[1:]]
    compare([*plain, *distilled], scale, folder, params, "fig7", "Fig. 7: distillation")
