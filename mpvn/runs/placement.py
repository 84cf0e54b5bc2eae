"""The devices of a run: the group `placement` of gin files, with replicas and cuts."""

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
        devices: names of the devices of subnetworks, or `"auto"`, see `VideoNetwork.place`; by default TensorFlow
            chooses.
        replicas: number of copies of the pipeline that share the clips of a step, on equally many devices each; more
            than one needs `train.model`, such as `@SidewaysModel`.
        balance: whether to cut the network into one subnetwork per device, balanced by the costs of units there. The
            costs are measured once, and kept in the run folder.

    Raises:
        InputError: a value is not an expected one.
    """

    devices: Sequence[str] | str | None = None
    replicas: Count = 1
    balance: bool = False

    def __post_init__(self) -> None:
        check_fields(self, "placement")

    def groups(self, model: Callable | None, batch_size: int) -> list[list[str]]:
        """The devices of every replica; empty if TensorFlow chooses.

        Args:
            model: the model that shares clips among replicas.
            batch_size: number of clips to share.

        Raises:
            InputError: they cannot be divided equally, or the model does not support replicas.
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
                f"placement.replicas={self.replicas}, but the model does not support replicas: set train.model to "
                f"@SidewaysModel, with SidewaysModel.gradients='exact' for backpropagation"
            )
        each = len(devices) // self.replicas
        return [devices[i : i + each] for i in range(0, len(devices), each)]


def balanced_cut(
    network: VideoNetwork, groups: Sequence[Sequence[str]], batch_size: int, folder: RunFolder
) -> dict[str, object]:
    """The settings of `mpvn.configurables.network` for a balanced cut; prints a table of before and after.

    Args:
        network: the network in its previous cut.
        groups: devices of every replica; all are assumed to be like those of the first.
        batch_size: number of clips of one replica.
        folder: folder of the run, which keeps the costs.

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
    """Raises InputError if a network was rewired for another cut, whose costs were not measured."""
    wirings = [[(unit.name, unit.inputs) for unit in network.wiring.units] for network in (before, after)]
    if wirings[0] != wirings[1]:
        raise InputError(
            "placement.balance=True with skip connections between subnetworks, which depend on the cut: set "
            "network.boundaries by hand, or remove with_skips from network.transforms"
        )
