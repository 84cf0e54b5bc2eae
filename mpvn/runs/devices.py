"""From what a run says of devices to replicas and cuts."""

import inspect
from collections.abc import Callable, Sequence

from mpvn.devices import balance
from mpvn.devices.costs import unit_costs
from mpvn.devices.placement import devices_of_subnetworks, resolved
from mpvn.errors import InputError
from mpvn.runs.folder import RunFolder


def groups_of(
    devices: Sequence[str] | str | None, replicas: int, model: Callable | None, batch_size: int
) -> list[list[str]]:
    """The devices of every replica; no groups where TensorFlow chooses.

    Args:
        devices: names, `"auto"` or None; None is `"auto"` where there are replicas.
        replicas: how many.
        model: that shares clips among replicas.
        batch_size: clips that are shared.

    Raises:
        InputError: they cannot be divided equally, or the model has no replicas.
    """
    if not isinstance(replicas, int) or isinstance(replicas, bool) or replicas < 1:
        raise InputError(f"train.replicas={replicas!r}: expected a whole number from 1 on")
    if devices is None and replicas == 1:
        return []
    devices = resolved("auto" if devices is None else devices)
    if len(devices) % replicas or batch_size % replicas:
        raise InputError(
            f"train.replicas={replicas}: expected a number that divides the {len(devices)} devices and "
            f"train.batch_size={batch_size}"
        )
    if replicas > 1 and (model is None or "replicas" not in inspect.signature(model).parameters):
        raise InputError(
            f"train.replicas={replicas}, but what trains has no replicas: set train.model to @SidewaysModel, with "
            f"SidewaysModel.gradients='exact' for backpropagation"
        )
    each = len(devices) // replicas
    return [devices[i : i + each] for i in range(0, len(devices), each)]


def balanced_cut(network, groups: Sequence[Sequence[str]], batch_size: int, folder: RunFolder) -> dict:
    """What `mpvn.configurables.network` needs to be balanced over devices; prints a table of before and after.

    Args:
        network: in the cut that there was.
        groups: devices of every replica; all are taken to be like the first's.
        batch_size: clips of one replica.
        folder: of the run, which keeps the costs.

    Raises:
        InputError: there are no devices.
    """
    if not groups:
        raise InputError(
            "train.balance=True, but there are no devices to balance: set train.devices, or give --cluster"
        )
    devices = list(groups[0])
    costs = balance.measured(network, devices, batch_size, training=True, cache=folder.path / "costs.json")
    schedule, names = network.schedule, balance.boundaries(network.schedule, costs)
    before = devices_of_subnetworks(schedule, devices, unit_costs(network, "flops"))
    after = network.parallel(boundaries=names, clocks={unit.name: unit.period for unit in schedule.units}).schedule
    print(balance.table((schedule, before), (after, devices[: after.num_subnetworks]), costs))
    return {"num_subnetworks": None, "cut": None, "boundaries": names}
