"""Table 2: throughput."""

from pathlib import Path

from mpvn.benchmarks import throughput
from mpvn.results import tables

# Our choice but for "paper", whose size is the paper's; see the suite for thread settings.
SETTINGS = {
    "smoke": {"networks": ("par_inception",), "sizes": (32,), "width": 0.05, "repeats": 1, "rounds": 1, "chunk": 16},
    "small": {"networks": ("par_densenet", "par_inception"), "sizes": (112,), "width": 1.0, "repeats": 5, "rounds": 3},
    "paper": {"networks": ("par_densenet", "par_inception"), "sizes": (224,), "width": 1.0, "repeats": 5, "rounds": 3},
}


def run(scale: str, folder: Path, params=()) -> None:
    """Measures frames per second as `mpvn.benchmark --suite=throughput` does, and writes the table.

    Args:
        scale: one of `SETTINGS`.
        folder: where the table goes.
        params: not used, there is nothing to set by gin.
    """
    setting = dict(SETTINGS[scale])
    if scale == "smoke":
        setting |= {"threads": ((1, 1), (1, 2)), "levels": {"par_inception": (1, 10)}}
    rows = throughput.run(**setting)
    tables.report(folder, "table2", "Table 2: throughput", rows, [f"scale {scale}", *throughput.notes()])
