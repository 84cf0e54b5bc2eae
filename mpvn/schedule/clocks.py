"""Multi-rate clocks: the period and phase of each unit (MPVN, section 3.1)."""

import math
import numbers
from collections.abc import Mapping
from typing import Any

from mpvn.errors import InputError
from mpvn.ranges import Count, Name
from mpvn.schedule.wiring import FRAME, Wiring

Clocks = None | Name | Count | Mapping[str, Count] | Mapping[int, Count] | Mapping[str | int, Count]


def periods(
    wiring: Wiring, clocks: Clocks = None, input_height: int | None = None, heights: Mapping[str, int | None] = {}
) -> dict[str, int]:
    """The period of every unit, in ticks; for a whole number also that of the frame, because other frames are skipped.

    Args:
        wiring: the network.
        clocks: `None` for a period of 1 everywhere; a whole number `k` for period `k` everywhere, which runs the
            network at every k-th frame; `"halving"` for the paper's rule, which halves a unit's rate whenever the
            resolution is halved; periods by unit name; or periods by the height of a unit's output in pixels. Units
            without a given name or height take the largest period among their inputs.
        input_height: height of a frame in pixels; only for `"halving"`.
        heights: height of each unit's output, None if it has none; only for `"halving"` and periods by height.

    Raises:
        InputError: an unknown name or height, or a period that is not a whole number of at least 1.
    """
    if clocks is None:
        return dict.fromkeys(wiring.names, 1)
    if isinstance(clocks, numbers.Integral):
        return dict.fromkeys([FRAME, *wiring.names], _whole(clocks, "the period of all units", least=1))
    by_resolution = clocks == "halving"
    if clocks == "halving":
        chosen = _halving(wiring, input_height, heights)
    elif isinstance(clocks, Mapping) and clocks and all(isinstance(key, numbers.Integral) for key in clocks):
        chosen, by_resolution = _by_height(clocks, heights), True
    elif isinstance(clocks, Mapping):
        chosen = _checked(wiring, clocks, "period", least=1)
    else:
        raise InputError(
            f"clocks={clocks!r} is unknown: expected None, a whole number, 'halving', or a dict of periods by unit "
            f"name or by height"
        )
    result = {FRAME: 1}
    for unit in wiring.units:
        inherited = max(result[e.source] for e in unit.edges if not e.feedback)
        if unit.every_tick:
            if not by_resolution and chosen.get(unit.name, 1) != 1:
                raise InputError(
                    f"unit {unit.name!r} is every_tick, but clocks give it period {chosen[unit.name]}: remove one"
                )
            result[unit.name] = 1
        elif by_resolution:
            # A unit that enlarges its input (a decoder) still cannot tick faster than its inputs.
            result[unit.name] = max(chosen.get(unit.name, 1), inherited)
        else:
            result[unit.name] = chosen.get(unit.name, inherited)
    del result[FRAME]
    return result


def phases(
    wiring: Wiring,
    periods: Mapping[str, int],
    subnetwork: Mapping[str, int],
    phases: str | Mapping[str, int] = "staggered",
) -> dict[str, int]:
    """The phase of every unit: it executes at the ticks `t` with `t % period == phase`.

    Args:
        wiring: the network.
        periods: periods from `periods()`.
        subnetwork: index of each unit's subnetwork.
        phases: `"staggered"` (values travel down the pipeline like a wave), `"zero"`, or phases by unit name, where
            other units are staggered. `"level"` is staggered here: `level_phases` sets such phases when delays and
            costs are known.

    Raises:
        InputError: an unknown name, or a phase that is not below the unit's period.
    """
    staggered = {name: subnetwork[name] % periods[name] for name in wiring.names}
    if phases in ("staggered", "level"):
        return staggered
    if phases == "zero":
        return dict.fromkeys(wiring.names, 0)
    if not isinstance(phases, Mapping):
        raise InputError(
            f"phases={phases!r} is unknown: expected 'staggered', 'zero', 'level' or a dict of phases by unit name"
        )
    return staggered | _checked(wiring, phases, "phase", least=0)


def _halving(wiring: Wiring, input_height: int | None, heights: Mapping[str, int | None]) -> dict[str, int]:
    if not input_height:
        raise InputError("clocks='halving' needs frames with a height: give periods by unit name instead")
    stem = wiring.units[0].name
    result = {stem: 1}
    for name in wiring.names[1:]:
        height = heights.get(name)
        # Heads and gates have no resolution of their own; they take the clock of their inputs.
        if height is not None and height > 1:
            result[name] = 2 ** max(0, round(math.log2(input_height / (2 * height))))
    return result


def _by_height(clocks: Mapping[Any, int], heights: Mapping[str, int | None]) -> dict[str, int]:
    known = sorted({height for height in heights.values() if height is not None}, reverse=True)
    for height, period in clocks.items():
        if height not in known:
            raise InputError(
                f"a period is given for height {height}, which no unit's output has: expected one or more of "
                f"{', '.join(map(str, known)) or 'none, because these units return no maps'}"
            )
        _whole(period, f"the period of height {height}", least=1)
    return {name: int(clocks[height]) for name, height in heights.items() if height in clocks}


def _checked(wiring: Wiring, given: Mapping[Any, int], what: str, least: int) -> dict[str, int]:
    for name, number in given.items():
        if name not in wiring.names:
            raise InputError(f"a {what} is given for unknown unit {name!r}: expected one of {', '.join(wiring.names)}")
        _whole(number, f"the {what} of unit {name!r}", least)
    return {name: int(number) for name, number in given.items()}


def _whole(number: Any, what: str, least: int) -> int:
    if not isinstance(number, numbers.Integral) or isinstance(number, bool) or number < least:
        raise InputError(f"{what} is {number!r}: expected a whole number of at least {least}")
    return int(number)
