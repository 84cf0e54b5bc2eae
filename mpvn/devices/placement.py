"""Places subnetworks on devices.

Devices are those of TensorFlow: of one machine ("GPU:0", "CPU:1") or of the workers of a cluster
("/job:worker/task:1/device:GPU:0"). All parts of a subnetwork are on its device: weights, registers, optimizer slots
and operations. Frames enter at the first device, and the loss is computed on the last.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

import tensorflow as tf

from mpvn.errors import InputError
from mpvn.schedule import cuts as cutting
from mpvn.schedule.schedule import Schedule


def available() -> list[str]:
    """All GPUs, or the logical CPUs of this machine if there is no GPU."""
    for kind in ("GPU", "CPU"):
        devices = tf.config.list_logical_devices(kind)
        if devices:
            return [_reported(device.name) for device in devices]
    return []


def _reported(device: str) -> str:
    """The name that TensorFlow reports for a device."""
    with tf.device(device):
        return tf.zeros([]).device


def devices_of_subnetworks(
    schedule: Schedule, devices: Sequence[str] | str, costs: Mapping[str, float]
) -> tuple[str, ...]:
    """The full name of the device of every subnetwork.

    Args:
        schedule: of the network.
        devices: names in order, or `"auto"` for `available()`; devices beyond the number of subnetworks are not used.
        costs: cost of every unit by name. If there are fewer devices than subnetworks, each takes several consecutive
            subnetworks, such that the most expensive device costs as little as possible.

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


def _checked(devices: Sequence[str] | str) -> Sequence[str]:
    if isinstance(devices, str) or not devices:
        raise InputError(
            f"devices={devices!r}: expected 'auto' or names of devices in order, such as ['GPU:0', 'GPU:1']"
        )
    return devices


def _full_name(device: str) -> str:
    known = [logical.name for logical in tf.config.list_logical_devices()]
    try:
        wanted = tf.DeviceSpec.from_string(device if "/" in device else f"/device:{device}")
    except (ValueError, AttributeError):
        wanted = None
    for name in known if wanted is not None and wanted.device_type else ():
        # A process outside of a cluster leaves its own job out.
        here = tf.DeviceSpec(job="localhost", replica=0, task=0)
        spec = here.make_merged_spec(tf.DeviceSpec.from_string(name))
        fields = ("job", "replica", "task", "device_type", "device_index")
        pairs = [(getattr(wanted, field), getattr(spec, field)) for field in fields]
        if all(a is None or str(a) == str(b) for a, b in pairs) and wanted.device_index is not None:
            return _reported(name)
    raise InputError(
        f"device {device!r} does not exist: expected one or more of {', '.join(short_name(name) for name in known)}"
    )


def short_name(name: str) -> str:
    """`CPU:0` for a device of this process, otherwise with job and task."""
    spec = tf.DeviceSpec.from_string(name)
    where = "" if spec.job in (None, "localhost") else f"/job:{spec.job}/task:{spec.task}/device:"
    return f"{where}{spec.device_type}:{spec.device_index}"


def host_of(device: str) -> str:
    """The CPU of the machine that a device is in."""
    return tf.DeviceSpec.from_string(device).replace(device_type="CPU", device_index=0).to_string()


def run_on(device: str, function: Callable[..., list[tf.Tensor]], inputs: Sequence[tf.Tensor]) -> Sequence[tf.Tensor]:
    """Calls `function(*inputs)` with all its operations, and those of its gradient, on a device."""

    @tf.custom_gradient
    def run(*inputs: tf.Tensor):
        with tf.device(device), tf.GradientTape(persistent=True) as tape:
            tape.watch(inputs)
            outputs = function(*inputs)

        def pull_back(*cotangents: tf.Tensor, variables: Sequence[tf.Variable] | None = None):
            with tf.device(device):
                of_inputs, of_variables = tape.gradient(
                    outputs, [list(inputs), list(variables or [])], list(cotangents)
                )
            return (of_inputs, of_variables) if variables is not None else of_inputs

        return outputs, pull_back

    with tf.device(device):
        return run(*inputs)


def with_inputs(default: str) -> AbstractContextManager:
    """A context in which operations without a device go to that of their first input, or to `default`.

    The results of a loop iteration are such operations: on another device than their values, they would send these
    there and back in every iteration.
    """
    if tf.executing_eagerly():
        return tf.device(default)

    def choose(operation: tf.Operation) -> str:
        known = [value.device for value in operation.inputs if value.device]
        return operation.device or (known[0] if known else default)

    return tf.compat.v1.get_default_graph().device(choose)
