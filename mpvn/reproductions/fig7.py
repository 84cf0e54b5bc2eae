"""Fig. 7: keypoint localisation with and without sequential-to-parallel distillation."""

import dataclasses
from pathlib import Path

from mpvn.reproductions.fig6 import compare
from mpvn.reproductions.variants import Variant, settings_of


def run(scale: str, folder: Path, params=()) -> None:
    """Networks with clocks and temporal filters; arguments as for `table1.run`.

    The paper's have feedback as well; without it, training is several times cheaper on a CPU.
    """
    network, levels = list(settings_of(scale)["levels"]["keypoints"].items())[-1]
    plain = [Variant(network, count, clocks=True, temporal=True) for count in (levels[0], levels[-1])]
    distilled = [dataclasses.replace(variant, distillation=1.0) for variant in plain[1:]]
    compare([*plain, *distilled], scale, folder, params, "fig7", "Fig. 7: distillation")
