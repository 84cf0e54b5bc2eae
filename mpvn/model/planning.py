"""Plans a schedule from options: cut, clocks, phases and delays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpvn.devices.costs import unit_costs
from mpvn.errors import InputError
from mpvn.schedule import clocks as clocks_lib
from mpvn.schedule import cuts as cuts_lib
from mpvn.schedule.level_phases import level
from mpvn.schedule.options import ScheduleOptions
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import FRAME, Wiring

if TYPE_CHECKING:
    from mpvn.model.network import VideoNetwork


def plan(network: VideoNetwork, options: ScheduleOptions) -> Schedule:
    """The schedule of a network's units.

    Raises:
        InputError: an option is unknown, out of range, or does not fit the network.
    """
    wiring, costs = network.wiring, options.costs
    clocks: clocks_lib.Clocks = options.clocks
    cuts = _cut(network, options)
    subnetwork = dict(zip(wiring.names, cuts, strict=True))
    if isinstance(clocks, str) and clocks != "halving":
        if clocks not in network.clock_presets:
            known = ", ".join(repr(name) for name in ("halving", *network.clock_presets))
            raise InputError(
                f"clocks={clocks!r} is unknown: expected None, a whole number, {known}, or a dict of periods by unit "
                f"name or by height"
            )
        clocks = network.clock_presets[clocks]
    heights = {name: _height(network, name) for name in wiring.names}
    periods = clocks_lib.periods(wiring, clocks, _height(network, FRAME), heights)
    phases = clocks_lib.phases(wiring, periods, subnetwork, options.phases)
    schedule = Schedule.plan(wiring, subnetwork, periods, phases, options.skips, options.prediction_latency)
    if options.phases == "level" and schedule.hyper_period > 1:
        return level(schedule, unit_costs(network, "flops" if costs is None else costs))
    return schedule


def checked(wiring: Wiring, schedule: Schedule) -> Schedule:
    """`schedule`, if it is one of `wiring`; else InputError."""
    wired = {unit.name: [edge.source for edge in unit.edges] for unit in wiring.units}
    scheduled = {unit.name: [read.source for read in unit.reads] for unit in schedule.units}
    if list(wired.items()) != list(scheduled.items()):
        raise InputError("the schedule belongs to another network: its units or their inputs differ; plan a new one")
    return schedule


def _cut(network: VideoNetwork, options: ScheduleOptions) -> list[int]:
    """The subnetwork of every unit."""
    names, cut, num_subnetworks = network.wiring.names, options.cut, options.num_subnetworks
    if cut not in (None, "paper", "balanced"):
        raise InputError(f"cut={cut!r} is unknown: expected 'paper', 'balanced' or None")
    if options.boundaries is not None:
        boundaries = list(options.boundaries)
        subnetworks = cuts_lib.at_boundaries(names, boundaries)
        if cut is not None or num_subnetworks not in (None, subnetworks[-1] + 1):
            raise InputError(
                f"boundaries={boundaries} give {subnetworks[-1] + 1} subnetworks: leave out cut, and a different "
                f"num_subnetworks"
            )
        return subnetworks
    num_subnetworks = 1 if num_subnetworks is None else num_subnetworks
    cuts_lib.check_number(num_subnetworks, len(names))
    if cut != "balanced" and num_subnetworks in network.cuts:
        return cuts_lib.at_boundaries(names, network.cuts[num_subnetworks])
    if cut == "paper":
        raise InputError(
            f"cut='paper' with num_subnetworks={num_subnetworks}: {network.name!r} declares cuts for "
            f"{', '.join(map(str, network.cuts)) or 'no number'}; use one of them or cut='balanced'"
        )
    costs = "units" if options.costs is None else options.costs
    return cuts_lib.balanced(names, num_subnetworks, unit_costs(network, costs))


def _height(network: VideoNetwork, name: str) -> int | None:
    shape = network.value_spec(name).shape
    return shape[1] if shape.rank == 4 else None
