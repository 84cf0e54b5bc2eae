"""Which device each subnetwork is on, and what lies there.

Devices are TensorFlow's: of one machine ("GPU:0", "CPU:1") or of the workers of a cluster
("/job:worker/task:1/device:GPU:0"). Everything of a subnetwork is on its device: weights, registers, optimizer slots
and operations. Frames go in at the first device, and the loss is taken at the last.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from mpvn import cutting
from mpvn.columns import aligned
from mpvn.errors import InputError
from mpvn.maps import register_depths
from mpvn.wiring import FRAME


def available() -> list[str]:
    """All GPUs, or the logical CPUs of this machine where there is none."""
    for kind in ("GPU", "CPU"):
        devices = tf.config.list_logical_devices(kind)
        if devices:
            return [_reported(device.name) for device in devices]
    return []


def _reported(device: str) -> str:
    """The name under which TensorFlow reports what lies on a device."""
    with tf.device(device):
        return tf.zeros([]).device


def devices_of_subnetworks(schedule, devices: Sequence[str] | str, costs) -> tuple[str, ...]:
    """The full name of the device of every subnetwork.

    Args:
        schedule: of the network.
        devices: names in order, or `"auto"` for `available()`; what is more than there are subnetworks is left out.
        costs: cost of every unit by name. Where there are fewer devices than subnetworks, each takes a run of
            subnetworks, such that the dearest device costs as little as possible.

    Raises:
        InputError: a device is unknown, or none is given.
    """
    count = schedule.num_subnetworks
    devices = resolved(devices)[:count]
    names = [str(i) for i in range(count)]
    of_subnetwork = {str(i): sum(costs[unit.name] for unit in schedule.subnetwork_units(i)) for i in range(count)}
    return tuple(devices[run] for run in cutting.balanced(names, len(devices), of_subnetwork))


def resolved(devices: Sequence[str] | str) -> list[str]:
    """Full names of devices; `"auto"` is `available()`.

    Raises:
        InputError: a device is unknown, or none is given.
    """
    return available() if devices == "auto" else [_full_name(device) for device in _checked(devices)]


def _checked(devices) -> Sequence[str]:
    if isinstance(devices, str) or not devices:
        raise InputError(
            f"devices={devices!r}: expected 'auto' or names of devices in order, such as ['GPU:0', 'GPU:1']"
        )
    return devices


def _full_name(device: str) -> str:
    known = [found.name for found in tf.config.list_logical_devices()]
    try:
        asked = tf.DeviceSpec.from_string(device if "/" in device else f"/device:{device}")
    except (ValueError, AttributeError):
        asked = None
    for name in known if asked is not None and asked.device_type else ():
        # A process that is in no cluster leaves its own job out.
        here = tf.DeviceSpec(job="localhost", replica=0, task=0)
        spec = here.make_merged_spec(tf.DeviceSpec.from_string(name))
        fields = ("job", "replica", "task", "device_type", "device_index")
        wanted = [(getattr(asked, field), getattr(spec, field)) for field in fields]
        if all(a is None or str(a) == str(b) for a, b in wanted) and asked.device_index is not None:
            return _reported(name)
    raise InputError(f"device {device!r} is not there: expected some of {', '.join(_short(name) for name in known)}")


def _short(name: str) -> str:
    """`CPU:0` for a device of this process, else with job and task."""
    spec = tf.DeviceSpec.from_string(name)
    where = "" if spec.job in (None, "localhost") else f"/job:{spec.job}/task:{spec.task}/device:"
    return f"{where}{spec.device_type}:{spec.device_index}"


def host_of(device: str) -> str:
    """The CPU of the machine that a device is in."""
    return tf.DeviceSpec.from_string(device).replace(device_type="CPU", device_index=0).to_string()


def run_on(device: str, function, inputs: Sequence[tf.Tensor]) -> tf.Tensor:
    """`function(*inputs)` with all its operations, and those of its gradient, on a device."""

    @tf.custom_gradient
    def run(*inputs):
        with tf.device(device), tf.GradientTape(persistent=True) as tape:
            tape.watch(inputs)
            outputs = function(*inputs)

        def pull_back(cotangent, variables=None):
            with tf.device(device):
                found, of_variables = tape.gradient(outputs, [list(inputs), list(variables or [])], cotangent)
            return (found, of_variables) if variables is not None else found

        return outputs, pull_back

    with tf.device(device):
        return run(*inputs)


def with_inputs(default: str):
    """A context in which an operation that is on no device goes to that of its first input, or to `default`.

    The results of a loop's turn are such operations: on another device than what they pass on, they would send it
    there and back at every turn.
    """
    if tf.executing_eagerly():
        return tf.device(default)

    def choose(operation):
        known = [value.device for value in operation.inputs if value.device]
        return operation.device or (known[0] if known else default)

    return tf.compat.v1.get_default_graph().device(choose)


@dataclass(frozen=True)
class Held:
    """What is on one device.

    Attributes:
        subnetworks: their indices.
        weights: {variable's name: device that TensorFlow reports}.
        slots: the same of the optimizer.
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
    """What is where, and what travels.

    Attributes:
        devices: {device: Held}.
        traffic: {(source, reader): mean bytes per tick and stream}, for edges between two devices.
    """

    devices: dict[str, Held]
    traffic: dict[tuple[str, str], float]

    def __str__(self):
        rows = [("device", "subnetworks", "weights", "slots", "registers per stream")]
        for device, held in self.devices.items():
            sizes = [f"{size / 2**20:.2f} MB" for size in (held.weight_bytes, held.slot_bytes, held.registers)]
            rows.append((_short(device), ", ".join(map(str, held.subnetworks)), *sizes))
        lines = aligned(rows)
        total = sum(self.traffic.values())
        lines.append(f"{total / 2**20:.3f} MB per tick and stream between devices")
        lines += [f"  {source} -> {reader}: {size / 2**10:.1f} KB" for (source, reader), size in self.traffic.items()]
        return "\n".join(lines)


def report(network, optimizer=None) -> Report:
    """What of a placed network is where.

    Args:
        network: from `VideoNetwork.place`.
        optimizer: built; its slots are listed, too.

    Raises:
        InputError: the network is not placed.
    """
    if network.devices is None:
        raise InputError(f"network {network.name!r} is on no devices of its own: call network.place(devices) first")
    schedule = network.schedule
    on_device = {}
    for i, device in enumerate(network.devices):
        on_device.setdefault(device, []).append(i)
    depths = register_depths(schedule)
    found = {}
    for device, subnetworks in on_device.items():
        names = [unit.name for i in subnetworks for unit in schedule.subnetwork_units(i)]
        variables = [v for name in names for v in network.wiring[name].layer.variables]
        slots = _slots(optimizer, variables) if optimizer is not None else []
        kept = [FRAME, *names] if 0 in subnetworks else names
        found[device] = Held(
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
            if network.device_of(read.source) != network.device_of(unit.name):
                traffic[read.source, unit.name] = size_of(network.value_spec(read.source)) / unit.period
    return Report(found, traffic)


def _slots(optimizer, variables) -> list:
    """An optimizer's variables that belong to some of a network's: Keras names them after these."""
    owned = {variable.path.replace("/", "_") for variable in variables}
    return [
        slot for slot in optimizer.variables if any(re.search(rf"(^|/){re.escape(p)}(_|$)", slot.path) for p in owned)
    ]


def size_of(value) -> int:
    """Bytes of a variable, or of one example of a spec."""
    shape = [size for size in value.shape if size is not None]
    return int(np.prod(shape, dtype=np.int64)) * tf.as_dtype(value.dtype).size
