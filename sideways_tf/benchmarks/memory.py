"""Peak memory of training, by clip length: Sideways beside backpropagation."""

from collections.abc import Sequence
from typing import Any

from rich.progress import track

from mpvn.benchmarks.support.named import sizes_of
from mpvn.benchmarks.support.processes import measure
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.results import tables
from sideways_tf.benchmarks import MEASUREMENTS

LENGTHS = (16, 64, 256)
METHODS = ("sideways", "backpropagation, time in the batch", "backpropagation, frame by frame")
FORMATS = {
    "clip, MB": ".0f",
    "peak above idle, MB": ".0f",
    "beyond the clip, MB": ".0f",
    "peak to backpropagation": ".2f",
}
# The papers' cuts.
SUBNETWORKS = {"simple_cnn": 6, "vgg8": 8}
USUAL = 4  # of a user's network


def run(
    networks: Sequence[str] = ("simple_cnn",),
    sizes: Sequence[int] = (64,),
    width: float = 1.0,
    batch: int = 8,
    lengths: Sequence[int] = LENGTHS,
    steps: int = 3,
) -> list[dict[str, Any]]:
    """A row per method and clip length, each measured in its own process.

    Args:
        networks: names in `SUBNETWORKS`, or paths of files.
        sizes: heights and widths of frames, in pixels.
        width: width multiplier.
        batch: clips per step.
        lengths: frames per clip.
        steps: training steps before the peak is read.
    """
    found = {}
    for network, size, length, method in track(
        [(n, s, length, m) for n in networks for s in sizes_of(n, sizes) for length in lengths for m in METHODS],
        description="memory",
        transient=True,
    ):
        found[network, size, length, method] = measure(
            "memory",
            1,
            2,
            MEASUREMENTS,
            network=network,
            size=size,
            width=width,
            num_subnetworks=SUBNETWORKS.get(network, USUAL),
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
                "clip, MB": peak["clip"] / 2**20,
                "peak above idle, MB": peak["above_idle"] / 2**20,
                "beyond the clip, MB": _beyond(peak) / 2**20,
                f"to {lengths[0]} frames": _beyond(peak) / _beyond(shortest),
                "peak to backpropagation": peak["above_idle"] / usual["above_idle"],
            }
        )
    return tables.Rows(rows, {**FORMATS, f"to {lengths[0]} frames": ".2f"})


def _beyond(found: dict) -> int:
    return found["above_idle"] - found["clip"]


def notes(batch: int = 8) -> list[str]:
    return [
        tables.machine(),
        f"training steps on {batch} clips, float32; idle: the process before its first step; memory of the host",
        "to backpropagation: relative to backpropagation with time in the batch, at the same clip length",
    ]


def _measure(request: Request) -> None:
    rows = run(request.networks, request.sizes, request.flags.width)
    request.report("memory", "Peak memory of training", rows, notes())


SUITE = Suite(
    _measure,
    heeds=("networks", "sizes", "width"),
    networks=tuple(SUBNETWORKS),
    usual_networks=("simple_cnn",),
    usual_sizes=(64,),
    takes_files=True,
)
