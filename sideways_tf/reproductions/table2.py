"""Table 2: training steps per second, and what more devices would give."""

from pathlib import Path

import numpy as np
from rich.progress import track

from mpvn.benchmarks.processes import measure
from mpvn.results import tables
from sideways_tf.benchmarks import PROBE
from sideways_tf.benchmarks.probe import METHODS, build

# (steps/s of backpropagation, of Sideways, speed-up, devices)
PAPER = {"simple_cnn": (1.7, 8.4, "4.9x of 6"), "vgg8": (0.1, 0.6, "6.0x of 8")}
DEVICES = {"simple_cnn": 6, "vgg8": 8}
# (threads within an operation, threads across operations); one worker is one core.
ONE_PROBE, TWO_PROBES = (1, 1), (1, 2)
ANY = ((2, 1), (1, 2), (2, 2))
# Our choice but for "paper", which is the paper's.
SETTINGS = {
    "smoke": {"size": 16, "num_frames": 16, "batch": 1, "repeats": 1, "rounds": 1, "widths": {"simple_cnn": 0.1}},
    "small": {
        "size": 64,
        "num_frames": 64,
        "batch": 8,
        "repeats": 5,
        "rounds": 3,
        "widths": {"simple_cnn": 1.0, "vgg8": 0.25},
    },
    "paper": {
        "size": 112,
        "num_frames": 64,
        "batch": 8,
        "repeats": 5,
        "rounds": 3,
        "widths": {"simple_cnn": 1.0, "vgg8": 1.0},
    },
}


def run(scale: str, folder: Path, params=()) -> None:
    """Measures every method, each thread setting in a process of its own, and writes two tables.

    Args:
        scale: see `SETTINGS`; videos are random numbers at all of them.
        folder: where the tables go.
        params: not used, there is nothing to set by gin.
    """
    setting = dict(SETTINGS[scale])
    widths, repeats, rounds = (setting.pop(name) for name in ("widths", "repeats", "rounds"))
    rows, predictions = [], []
    for network, width in widths.items():
        shared = {"network": network, "width": width, **setting}
        seconds = _seconds(shared, repeats, rounds)
        rows += _rows(network, width, seconds)
        predictions += _predictions(shared, repeats)
    size, frames, batch = setting["size"], setting["num_frames"], setting["batch"]
    notes = [
        tables.machine(),
        f"scale {scale}: {batch} clips of {frames} random frames, {size} x {size}, float32, SGD; every setting in a "
        f"process of its own, {rounds} rounds of all settings in turn; the median of {repeats} steps in each round, "
        f"and of the rounds, at each row's best thread setting",
        "a worker is one core; backpropagation may use all of them, within operations or across",
    ]
    title = "Table 2: training speed"
    tables.report(folder, "table2", title, rows, notes)
    notes = [
        tables.machine(),
        "speed-up = cost of all subnetworks / cost of the dearest; costs are forward and backward of one tick, "
        "measured one unit at a time on one core; communication is left out",
    ]
    title = "Table 2: speed-up predicted from measured costs"
    tables.report(folder, "table2_prediction", title, predictions, notes)


def _seconds(shared: dict, repeats: int, rounds: int) -> dict:
    """{(method, threads): seconds per step}."""
    settings = [("sideways", threads) for threads in (ONE_PROBE, TWO_PROBES)]
    settings += [(method, threads) for method in METHODS if method != "sideways" for threads in ANY]
    found = {}
    # In turn, so that a slow spell of the machine does not hit one setting alone.
    for method, threads in track(settings * rounds, description=f"{shared['network']}", transient=True):
        count = DEVICES[shared["network"]]
        result = measure("speed", *threads, PROBE, repeats=repeats, num_subnetworks=count, method=method, **shared)
        found.setdefault((method, threads), []).append(float(np.median(result["seconds_per_step"])))
    return {setting: float(np.median(values)) for setting, values in found.items()}


def _rows(network: str, width: float, seconds: dict) -> list[dict]:
    def best(method, choices):
        return min((seconds[method, threads], threads) for threads in choices)

    one, two = best("sideways", [ONE_PROBE]), best("sideways", [TWO_PROBES])
    plain = {method: best(method, ANY) for method in METHODS if method != "sideways"}
    fastest = min(value for value, _ in plain.values())
    rows = {"Sideways, 1 worker": one, "Sideways, 2 workers": two, **plain}
    paper = PAPER[network]
    published = {
        "Sideways, 2 workers": f"{paper[1]} ({paper[2]})",
        "backpropagation, frame by frame": f"{paper[0]}",
    }
    return [
        {
            "network": network,
            "width": width,
            "method": name,
            "steps/s": f"{1 / value:.2f}",
            "threads (intra, inter)": f"{threads[0]}, {threads[1]}",
            "to Sideways, 1 worker": f"{one[0] / value:.2f}",
            "to the best backpropagation": f"{fastest / value:.2f}",
            "paper, steps/s": published.get(name, "-"),
        }
        for name, (value, threads) in rows.items()
    ]


def _predictions(shared: dict, repeats: int) -> list[dict]:
    network = shared["network"]
    costs = measure(
        "unit_costs",
        1,
        1,
        PROBE,
        network=network,
        size=shared["size"],
        width=shared["width"],
        batch=shared["batch"],
        repeats=10 * repeats,
    )
    costs = {name: costs["forward"][name] + costs["backward"][name] for name in costs["forward"]}
    net = build(network, shared["size"], shared["width"])
    rows = []
    for devices in (2, 4, DEVICES[network]):
        cuts = {"balanced": net.parallel(devices, cut="balanced", costs=costs)}
        if devices in net.cuts:
            cuts = {"paper": net.parallel(devices, cut="paper"), **cuts}
        for name, cut in cuts.items():
            of_subnetwork = [sum(costs[unit.name] for unit in cut.schedule.subnetwork_units(i)) for i in range(devices)]
            rows.append(
                {
                    "network": network,
                    "devices": devices,
                    "cut": name,
                    "ms per tick and subnetwork": ", ".join(f"{1000 * cost:.2f}" for cost in of_subnetwork),
                    "speed-up": f"{sum(of_subnetwork) / max(of_subnetwork):.2f}",
                    "paper": PAPER[network][2] if devices == DEVICES[network] and name == "paper" else "-",
                }
            )
    return rows
