"""Reports what is on each device of a placed network, and the traffic between devices."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from mpvn.devices.network import Network
from mpvn.devices.placement import short_name
from mpvn.errors import InputError
from mpvn.schedule.index_maps import register_depths
from mpvn.schedule.wiring import FRAME
from mpvn.text import aligned


@dataclass(frozen=True)
class Held:
    """The content of one device.

    Attributes:
        subnetworks: their indices.
        weights: {variable's name: device that TensorFlow reports}.
        slots: the same for variables of the optimizer.
        registers: bytes for one stream or clip of a batch.
        weight_bytes, slot_bytes: bytes.
    """

    subnetworks: tuple[int, ...]
    weights: dict[str, str]
    slots: dict[str, str]
    registers: int
    weight_bytes: int
    slot_bytes: int


@dataclass(frozen=True)
class Report:
    """The content of all devices, and the traffic between them.

    Attributes:
        devices: {device: Held}.
        traffic: {(source, reader): mean bytes per tick and stream}, for edges between two devices.
    """

    devices: dict[str, Held]
    traffic: dict[tuple[str, str], float]

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [("device", "subnetworks", "weights", "slots", "registers per stream")]
        for device, held in self.devices.items():
            sizes = [f"{size / 2**20:.2f} MB" for size in (held.weight_bytes, held.slot_bytes, held.registers)]
            rows.append((short_name(device), ", ".join(map(str, held.subnetworks)), *sizes))
        lines = aligned(rows)
        total = sum(self.traffic.values())
        lines.append(f"{total / 2**20:.3f} MB per tick and stream between devices")
        lines += [f"  {source} -> {reader}: {size / 2**10:.1f} KB" for (source, reader), size in self.traffic.items()]
        return "\n".join(lines)


def report(network: Network, optimizer: keras.optimizers.Optimizer | None = None) -> Report:
    """Reports the devices of a placed network.

    Args:
        network: a network from `VideoNetwork.place`.
        optimizer: a built optimizer, whose slots are also listed.

    Raises:
        InputError: the network is not placed.
    """
    if network.devices is None:
        raise InputError(f"network {network.name!r} is not placed on devices: call network.place(devices) first")
    schedule = network.schedule
    on_device: dict[str, list[int]] = {}
    for i, device in enumerate(network.devices):
        on_device.setdefault(device, []).append(i)
    depths = register_depths(schedule)
    held = {}
    for device, subnetworks in on_device.items():
        names = [unit.name for i in subnetworks for unit in schedule.subnetwork_units(i)]
        variables = [v for name in names for v in network.wiring[name].layer.variables]
        slots = _slots(optimizer, variables) if optimizer is not None else []
        kept = [FRAME, *names] if 0 in subnetworks else names
        held[device] = Held(
            tuple(subnetworks),
            {v.path: v.value.device for v in variables},
            {v.path: v.value.device for v in slots},
            sum(size_of(network.value_spec(name)) * depths.get(name, 0) for name in kept),
            sum(size_of(v) for v in variables),
            sum(size_of(v) for v in slots),
        )
    traffic = {}
    for unit in schedule.units:
        for read in unit.reads:
            if network.pipeline.device_of(read.source) != network.pipeline.device_of(unit.name):
                traffic[read.source, unit.name] = size_of(network.value_spec(read.source)) / unit.period
    return Report(held, traffic)


def _slots(optimizer: keras.optimizers.Optimizer, variables: Sequence[keras.Variable]) -> list:
    """An optimizer's variables for some of a network's variables: Keras names them after these."""
    owned = {variable.path.replace("/", "_") for variable in variables}
    return [
        slot for slot in optimizer.variables if any(re.search(rf"(^|/){re.escape(p)}(_|$)", slot.path) for p in owned)
    ]


def size_of(value: keras.Variable | tf.TensorSpec) -> int:
    """Bytes of a variable, or of one example of a spec."""
    shape = [size for size in value.shape if size is not None]
    return int(np.prod(shape, dtype=np.int64)) * tf.as_dtype(value.dtype).size
