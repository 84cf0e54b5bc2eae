"""Delay compensation, compared on auto-encoding at frame rate: not in the paper, the next idea."""

from pathlib import Path

from mpvn.results import intervals as statistics
from mpvn.results import tables
from sideways_tf.reproductions.streams import Streams

OPTIMIZERS = ("momentum", "spike compensation", "weight prediction", "both")
RATES = {"smoke": (1e-2,), "small": (1e-3, 3e-3, 1e-2), "paper": (1e-3, 1e-2, 1e-1)}


def run(scale: str, folder: Path, params=()) -> None:
    """Trains with each of `OPTIMIZERS` on the same streams and writes a table; arguments as for `table3.run`."""
    folder.mkdir(parents=True, exist_ok=True)
    streams = Streams(scale, folder)
    rows = []
    for optimizer in OPTIMIZERS:
        shared = {"method": "sideways", "optimizer": optimizer}
        rate, errors = streams.best_rate(RATES[scale], **shared)
        results = streams.learn([{**shared, "learning_rate": rate, "seed": seed} for seed in streams.seeds])
        rows.append(
            {
                "momentum descent with": "no compensation" if optimizer == "momentum" else optimizer,
                "MSE": statistics.text([r["mse"] for r in results], 4),
                "learning rate": f"{rate:g}",
                "MSE at each rate of the sweep": ", ".join(f"{error:.4f}" for error in errors.values()) or "-",
            }
        )
    setting = streams.setting
    notes = [
        tables.machine(),
        f"scale {scale}: Sideways, an update at every tick, momentum 0.9; streams as for table3, "
        f"{setting['num_clips']} clips of {setting['num_frames']} frames; seeds {', '.join(map(str, streams.seeds))}",
        "mean and 95% interval over seeds; delay of subnetwork i of D: 2 (D - 1 - i) updates; sources: Kosson et al., "
        "arXiv 2003.11666",
        f"learning rates {', '.join(f'{rate:g}' for rate in RATES[scale])}, on seeds "
        f"{', '.join(map(str, streams.sweep_seeds))}; inf: it diverged",
    ]
    title = "Delay compensation"
    tables.report(folder, "compensation", title, rows, notes)
