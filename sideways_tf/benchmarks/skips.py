"""The cost of skip connections in training: speed per operation, and memory by clip length."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.progress import track

import mpvn
from mpvn.benchmarks.support.named import built, sizes_of
from mpvn.benchmarks.support.processes import measure
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.results import tables
from sideways_tf.benchmarks import MEASUREMENTS
from sideways_tf.benchmarks.memory import SUBNETWORKS, USUAL

LENGTHS = (16, 256)
FORMATS = {"steps/s": ".2f", "to no skips": ".2f", "operations to no skips": ".2f", "speed per operation": ".2f"}
VARIANTS: dict[str, dict[str, Any]] = {
    "no skips": {},
    "sum, next but one": {"skip": "sum", "span": 1},
    "sum, dense": {"skip": "sum", "span": "dense"},
    "concat, next but one": {"skip": "concat", "span": 1},
    "concat, dense": {"skip": "concat", "span": "dense"},
}


def run(
    networks: Sequence[str] = ("simple_cnn",),
    sizes: Sequence[int] = (64,),
    width: float = 1.0,
    repeats: int = 5,
    rounds: int = 1,
    batch: int = 8,
    num_frames: int = 64,
    lengths: Sequence[int] = LENGTHS,
) -> list[dict[str, Any]]:
    """A row per network, size and wiring, each measured in processes of its own.

    Args:
        networks: names in `SUBNETWORKS`, or paths of files.
        sizes: heights and widths of frames, in pixels.
        width: width multiplier.
        repeats: training steps per process; the median counts.
        rounds: how often everything is measured, in turn.
        batch: clips per step.
        num_frames: frames per clip, for speed.
        lengths: frames per clip, for memory.
    """
    rows = []
    for network in networks:
        for size in sizes_of(network, sizes):
            shared = dict(
                network=network,
                size=size,
                width=width,
                num_subnetworks=SUBNETWORKS.get(network, USUAL),
                method="sideways",
                batch=batch,
            )
            rows += _rows(shared, repeats, rounds, num_frames, lengths)
    beyond = dict.fromkeys((f"beyond a clip of {length}, MB" for length in lengths), ".0f")
    return tables.Rows(rows, FORMATS | beyond)


def _rows(
    shared: Mapping[str, Any], repeats: int, rounds: int, num_frames: int, lengths: Sequence[int]
) -> list[dict[str, Any]]:
    seconds: dict[str, list[float]] = {}
    beyond = {}
    for name in track(list(VARIANTS) * rounds, description="skips", transient=True):
        speed = measure(
            "speed",
            1,
            2,
            MEASUREMENTS,
            repeats=repeats,
            num_frames=num_frames,
            **shared,
            **VARIANTS[name],
        )
        seconds.setdefault(name, []).extend(speed["seconds_per_step"])
    for name, variant in VARIANTS.items():
        for length in lengths:
            memory = measure("memory", 1, 2, MEASUREMENTS, steps=2, num_frames=length, **shared, **variant)
            beyond[name, length] = memory["above_idle"] - memory["clip"]
    flops = {name: _flops(shared, variant) for name, variant in VARIANTS.items()}
    median = {name: sorted(values)[len(values) // 2] for name, values in seconds.items()}
    return [
        {
            "network": shared["network"],
            "size": shared["size"],
            "wiring": name,
            "steps/s": 1 / median[name],
            "to no skips": median["no skips"] / median[name],
            "operations to no skips": flops[name] / flops["no skips"],
            "speed per operation": median["no skips"] * flops[name] / (median[name] * flops["no skips"]),
            **{f"beyond a clip of {length}, MB": beyond[name, length] / 2**20 for length in lengths},
        }
        for name in VARIANTS
    ]


def _flops(shared: Mapping[str, Any], variant: Mapping[str, Any]) -> float:
    from mpvn.devices.costs import unit_costs

    size = shared["size"]
    net = built(shared["network"], size, shared["width"], num_classes=101)
    net = mpvn.with_skips(net, **variant) if variant else net
    return sum(unit_costs(net, "flops").values())


def notes() -> list[str]:
    return [
        tables.machine(),
        "Sideways with two workers of one core each, 8 clips of 64 frames, float32, SGD; operations: of the forward "
        "pass; speed per operation: operations per second relative to the network without skips",
        "beyond a clip: peak memory of training above the idle process, the clip left out",
    ]


def _measure(request: Request) -> None:
    flags = request.flags
    rows = run(request.networks, request.sizes, flags.width, flags.repeats, flags.rounds)
    request.report("skips", "Skip connections in training", rows, notes())


SUITE = Suite(
    _measure,
    heeds=("networks", "sizes", "width", "repeats", "rounds"),
    networks=tuple(SUBNETWORKS),
    usual_networks=("simple_cnn",),
    usual_sizes=(64,),
    takes_files=True,
)
