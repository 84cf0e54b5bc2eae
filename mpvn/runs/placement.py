"""Where a run is: the group `placement` of gin files, from devices to replicas and cuts."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import gin

from mpvn.checked import check_fields
from mpvn.devices import balance
from mpvn.devices.costs import unit_costs
from mpvn.devices.placement import devices_of_subnetworks, resolved
from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork
from mpvn.ranges import Count
from mpvn.runs.folder import COSTS, RunFolder


@gin.configurable("placement", module="training")
@dataclass(frozen=True)
class Placement:
    """The devices of a run; `placement` in gin files.

    Attributes:
        devices: names of those that the subnetworks are on, or `"auto"`, see `VideoNetwork.place`; by default
            TensorFlow chooses.
        replicas: how many copies of the pipeline share the clips of a step, on equal runs of the devices; more than one
            needs `train.model`, such as `@SidewaysModel`.
        balance: whether the network is cut anew, into one subnetwork for each device, by what its units cost there. The
            costs are measured once, and kept in the run folder.

    Raises:
        InputError: a value is none of those that are expected.
    """

    devices: Sequence[str] | str | None = None
    replicas: Count = 1
    balance: bool = False

    def __post_init__(self) -> None:
        check_fields(self, "placement")

    def groups(self, model: Callable | None, batch_size: int) -> list[list[str]]:
        """The devices of every replica; no groups where TensorFlow chooses.

        Args:
            model: that shares clips among replicas.
            batch_size: clips that are shared.

        Raises:
            InputError: they cannot be divided equally, or the model has no replicas.
        """
        if self.devices is None and self.replicas == 1:
            return []
        devices = resolved("auto" if self.devices is None else self.devices)
        if len(devices) % self.replicas or batch_size % self.replicas:
            raise InputError(
                f"placement.replicas={self.replicas}: expected a number that divides the {len(devices)} devices and "
                f"train.batch_size={batch_size}"
            )
        if self.replicas > 1 and (model is None or "replicas" not in inspect.signature(model).parameters):
            raise InputError(
                f"placement.replicas={self.replicas}, but what trains has no replicas: set train.model to "
                f"@SidewaysModel, with SidewaysModel.gradients='exact' for backpropagation"
            )
        each = len(devices) // self.replicas
        return [devices[i : i + each] for i in range(0, len(devices), each)]


def balanced_cut(
    network: VideoNetwork, groups: Sequence[Sequence[str]], batch_size: int, folder: RunFolder
) -> dict[str, object]:
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
            "placement.balance=True, but there are no devices to balance: set placement.devices, or give --cluster"
        )
    devices = list(groups[0])
    costs = balance.measured(network, devices, batch_size, training=True, cache=folder.path / COSTS)
    schedule, names = network.schedule, balance.boundaries(network.schedule, costs)
    before = devices_of_subnetworks(schedule, devices, unit_costs(network, "flops"))
    after = network.parallel(boundaries=names, clocks={unit.name: unit.period for unit in schedule.units}).schedule
    print(balance.table((schedule, before), (after, devices[: after.num_subnetworks]), costs))
    return {"num_subnetworks": None, "cut": None, "boundaries": names}


def check_same_wiring(before: VideoNetwork, after: VideoNetwork) -> None:
    """Raises InputError if a network was wired anew for another cut, whose costs nobody has measured."""
    wirings = [[(unit.name, unit.inputs) for unit in network.wiring.units] for network in (before, after)]
    if wirings[0] != wirings[1]:
        raise InputError(
            "placement.balance=True with skip connections between subnetworks, which another cut would move: set "
            "network.boundaries by hand, or leave with_skips out of network.transforms"
        )
