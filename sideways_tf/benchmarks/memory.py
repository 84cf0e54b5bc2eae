"""Peak memory of training, by clip length: Sideways beside backpropagation."""

from collections.abc import Sequence

from rich.progress import track

from mpvn.benchmarks.processes import measure
from mpvn.results import tables
from sideways_tf.benchmarks import PROBE

LENGTHS = (16, 64, 256)
METHODS = ("sideways", "backpropagation, time in the batch", "backpropagation, frame by frame")
# The papers' cuts.
SUBNETWORKS = {"simple_cnn": 6, "vgg8": 8}


def run(
    networks: Sequence[str] = ("simple_cnn",),
    sizes: Sequence[int] = (64,),
    width: float = 1.0,
    batch: int = 8,
    lengths=LENGTHS,
    steps: int = 3,
):
    """A row per method and clip length, each measured in its own process.

    Args:
        networks: names, of `SUBNETWORKS`.
        sizes: heights and widths of frames, in pixels.
        width: width multiplier.
        batch: clips per step.
        lengths: frames per clip.
        steps: training steps before the peak is read.
    """
    found = {}
    for network, size, length, method in track(
        [(n, s, length, m) for n in networks for s in sizes for length in lengths for m in METHODS],
        description="memory",
        transient=True,
    ):
        found[network, size, length, method] = measure(
            "memory",
            1,
            2,
            PROBE,
            network=network,
            size=size,
            width=width,
            num_subnetworks=SUBNETWORKS[network],
            method=method,
            batch=batch,
            num_frames=length,
            steps=steps,
        )
    rows = []
    for (network, size, length, method), peak in found.items():
        shortest, usual = found[network, size, lengths[0], method], found[network, size, length, METHODS[1]]
        rows.append(
            {
                "network": network,
                "size": size,
                "method": method,
                "frames": length,
                "clip, MB": f"{peak['clip'] / 2**20:.0f}",
                "peak above idle, MB": f"{peak['above_idle'] / 2**20:.0f}",
                "beyond the clip, MB": f"{_beyond(peak) / 2**20:.0f}",
                f"to {lengths[0]} frames": f"{_beyond(peak) / _beyond(shortest):.2f}",
                "peak to backpropagation": f"{peak['above_idle'] / usual['above_idle']:.2f}",
            }
        )
    return rows


def _beyond(found: dict) -> int:
    return found["above_idle"] - found["clip"]


def notes(batch: int = 8) -> list[str]:
    return [
        tables.machine(),
        f"training steps on {batch} clips, float32; idle: the process before its first step; memory of the host",
        "to backpropagation: the one with time in the batch, at the same clip length",
    ]
