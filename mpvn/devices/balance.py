"""Cuts balanced by the cost of every unit on its device."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mpvn.devices.costs import seconds
from mpvn.devices.network import Network
from mpvn.files import replace
from mpvn.schedule import cuts as cutting
from mpvn.schedule.schedule import Schedule
from mpvn.text import aligned

# {device: {unit: seconds of one execution}}
DeviceCosts = Mapping[str, Mapping[str, float]]
# A schedule and the devices of its subnetworks.
Cut = tuple[Schedule, Sequence[str]]


def measured(
    network: Network, devices: Sequence[str], batch_size: int, training: bool, cache: Path | None = None
) -> DeviceCosts:
    """The cost of every unit on every device, for one batch of clips or streams.

    Args:
        network: a VideoNetwork that is not placed.
        devices: their full names, see `placement.resolved`.
        batch_size: number of clips or streams.
        training: whether to include the backward pass.
        cache: a JSON file; its content is used if it was measured for the same units, devices and batch, so that a
            resumed run keeps its cut.
    """
    measurement = {
        "devices": list(devices),
        "frame": list(network.frame_shape),
        "dtype": network.dtype_policy.name,
        "parameters": {unit.name: unit.layer.count_params() for unit in network.wiring.units},
        "batch": batch_size,
        "training": training,
    }
    if cache is not None and cache.exists():
        known = json.loads(cache.read_text())
        if known["asked"] == measurement:
            return known["seconds"]
    costs = {}
    for device in devices:
        whole = network.parallel(1).place([device])
        costs[device] = {
            name: seconds(whole, name, batch_size, device, training=training) for name in network.wiring.names
        }
    if cache is not None:
        text = json.dumps({"asked": measurement, "seconds": costs}, indent=1) + "\n"
        replace(cache, lambda path: path.write_text(text))
    return costs


def boundaries(schedule: Schedule, costs: DeviceCosts) -> list[str]:
    """Names of the units that begin a subnetwork, one subnetwork per device, with the lowest maximum cost.

    Args:
        schedule: schedule of the network, in any cut; units with clocks count their average cost per tick.
        costs: costs for every device, in order; devices beyond the number of units are not used.
    """
    names = schedule.names
    each = [_per_tick(schedule, of_device) for of_device in list(costs.values())[: len(names)]]
    return cutting.boundaries(names, cutting.balanced(names, len(each), each))


def loads(schedule: Schedule, devices: Sequence[str], costs: DeviceCosts) -> dict[str, float]:
    """Seconds per tick, on average, of every device; `devices` are those of the subnetworks, in order."""
    work_of: dict[str, float] = {}
    for subnetwork, device in enumerate(devices):
        of_device = _per_tick(schedule, costs[device])
        work = sum(of_device[unit.name] for unit in schedule.subnetwork_units(subnetwork))
        work_of[device] = work_of.get(device, 0.0) + work
    return work_of


def table(before: Cut, after: Cut, costs: DeviceCosts) -> str:
    """The load of every device before and after, as text.

    Args:
        before, after: pairs of a schedule and the devices of its subnetworks.
        costs: as measured.
    """
    of = [loads(*cut, costs) for cut in (before, after)]
    first = [{device: _units(*cut, device) for device in costs} for cut in (before, after)]
    rows = [("device", "before", "ms per tick", "after", "ms per tick")]
    for device in costs:
        cells = [(units[device], f"{1000 * work.get(device, 0):.3f}") for units, work in zip(first, of, strict=True)]
        rows.append((device.rsplit("device:", 1)[-1], *cells[0], *cells[1]))
    lines = aligned(rows)
    largest = [max(work.values()) for work in of]
    lines.append(
        f"the most expensive device: {1000 * largest[0]:.3f} ms per tick before, {1000 * largest[1]:.3f} ms after "
        f"({largest[0] / largest[1]:.2f} times as fast, without messages)"
    )
    return "\n".join(lines)


def _per_tick(schedule: Schedule, seconds_of: Mapping[str, float]) -> dict[str, float]:
    return {unit.name: seconds_of[unit.name] / unit.period for unit in schedule.units}


def _units(schedule: Schedule, devices: Sequence[str], device: str) -> str:
    names = [unit.name for i, other in enumerate(devices) if other == device for unit in schedule.subnetwork_units(i)]
    return f"{names[0]} .. {names[-1]}" if len(names) > 1 else "".join(names) or "-"
