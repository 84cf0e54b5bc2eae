"""From what a user asks for to a schedule: cut, clocks, phases and delays."""

from mpvn import clocks as clocks_lib
from mpvn import cutting
from mpvn.costs import unit_costs
from mpvn.errors import InputError
from mpvn.leveling import level
from mpvn.schedule import Schedule
from mpvn.wiring import FRAME


def plan(
    network,
    num_subnetworks=None,
    cut=None,
    boundaries=None,
    costs=None,
    clocks=None,
    phases="staggered",
    skips="fresh",
    prediction_latency=0,
) -> Schedule:
    """The schedule of a network's units; see `VideoNetwork.parallel` for the arguments."""
    names = network.wiring.names
    cuts = _cut(network, names, num_subnetworks, cut, boundaries, "units" if costs is None else costs)
    subnetwork = dict(zip(names, cuts, strict=True))
    if isinstance(clocks, str) and clocks != "halving":
        if clocks not in network.clock_presets:
            known = ", ".join(repr(name) for name in ("halving", *network.clock_presets))
            raise InputError(f"clocks={clocks!r} is unknown: expected None, {known} or a dict of periods by unit name")
        clocks = network.clock_presets[clocks]
    heights = {name: _height(network, name) for name in names}
    periods = clocks_lib.periods(network.wiring, clocks, _height(network, FRAME), heights)
    begin = clocks_lib.phases(network.wiring, periods, subnetwork, phases)
    schedule = Schedule.plan(network.wiring, subnetwork, periods, begin, skips, prediction_latency)
    if phases == "level" and schedule.hyper_period > 1:
        return level(schedule, unit_costs(network, "flops" if costs is None else costs))
    return schedule


def checked(wiring, schedule: Schedule) -> Schedule:
    """`schedule`, if it is one of `wiring`; else InputError."""
    wanted = {unit.name: [edge.source for edge in unit.edges] for unit in wiring.units}
    given = {unit.name: [read.source for read in unit.reads] for unit in schedule.units}
    if list(wanted.items()) != list(given.items()):
        raise InputError("the schedule belongs to another network: its units or what they read differ; plan it anew")
    return schedule


def _cut(network, names, num_subnetworks, cut, boundaries, costs) -> list[int]:
    if cut not in (None, "paper", "balanced"):
        raise InputError(f"cut={cut!r} is unknown: expected 'paper', 'balanced' or None")
    if boundaries is not None:
        subnetworks = cutting.at_boundaries(names, boundaries)
        if cut is not None or num_subnetworks not in (None, subnetworks[-1] + 1):
            raise InputError(
                f"boundaries={list(boundaries)} give {subnetworks[-1] + 1} subnetworks: give neither a cut nor "
                f"another num_subnetworks with them"
            )
        return subnetworks
    num_subnetworks = 1 if num_subnetworks is None else num_subnetworks
    cutting.check_number(num_subnetworks, len(names))
    if cut != "balanced" and num_subnetworks in network.cuts:
        return cutting.at_boundaries(names, network.cuts[num_subnetworks])
    if cut == "paper":
        raise InputError(
            f"cut='paper' with num_subnetworks={num_subnetworks}: {network.name!r} declares cuts for "
            f"{', '.join(map(str, network.cuts)) or 'no number'}; use one of them or cut='balanced'"
        )
    return cutting.balanced(names, num_subnetworks, unit_costs(network, costs))


def _height(network, name: str) -> int | None:
    shape = network.value_spec(name).shape
    return shape[1] if shape.rank == 4 else None
