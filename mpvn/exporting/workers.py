"""Distributes subnetworks to workers."""

from mpvn.devices.costs import unit_costs
from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork
from mpvn.schedule.cuts import balanced


def units_of_workers(network: VideoNetwork, workers: int) -> list[list[str]]:
    """Names of the units of each worker: consecutive subnetworks, with the lowest possible maximum load.

    Costs of units are counted in multiplications; a unit that executes at every second tick costs half.

    Args:
        network: a VideoNetwork in its schedule.
        workers: number of workers; for 1 the result is empty.

    Raises:
        InputError: there are fewer subnetworks than workers.
    """
    schedule = network.schedule
    if workers == 1:
        return []
    if workers > schedule.num_subnetworks:
        raise InputError(
            f"workers={workers}, but the network has {schedule.num_subnetworks} subnetworks: use fewer workers, or "
            f"network.parallel({workers}) or more"
        )
    costs = unit_costs(network, "flops")
    of_subnetwork = [[unit.name for unit in schedule.subnetwork_units(i)] for i in range(schedule.num_subnetworks)]
    loads = {str(i): sum(costs[name] / schedule[name].period for name in of) for i, of in enumerate(of_subnetwork)}
    worker_of = balanced(list(loads), workers, loads)
    return [
        [name for number, names in zip(worker_of, of_subnetwork, strict=True) if number == worker for name in names]
        for worker in range(workers)
    ]
