"""When pseudo-gradients reach a unit: the masks gamma of Sideways (section 3.4), as ticks."""

from mpvn.schedule import Schedule


def reach(schedule: Schedule) -> dict[str, int]:
    """First tick of a clip at which a cotangent can arrive at each unit, clocks and holds left aside.

    The output unit is reached at the first tick that has a valid output and a target; any other unit as soon as the
    nearest of its readers is, later by the delay of the edge.

    Returns:
        {unit name: tick}; units that nothing leads from to the output are left out.
    """
    result = {schedule.output: schedule.reach}
    for unit in reversed(schedule.units):
        if unit.name not in result:
            continue
        for read in unit.reads:
            if not read.feedback and read.source in schedule.names:
                arrival = result[unit.name] + read.delay
                result[read.source] = min(result.get(read.source, arrival), arrival)
    return result


def gamma_from(schedule: Schedule) -> dict[str, int]:
    """First tick at which each unit's pseudo-gradient counts: `gamma[t] = 1` from there on."""
    return {name: max(schedule.unit_valid_from(name), tick) for name, tick in reach(schedule).items()}
