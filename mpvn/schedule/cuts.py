"""Cutting a network into subnetworks: contiguous runs of units, none of them empty."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

from mpvn.errors import InputError


def check_number(num_subnetworks: int, num_units: int) -> None:
    """Raises InputError unless `num_units` units can be cut into `num_subnetworks`."""
    if not isinstance(num_subnetworks, int) or isinstance(num_subnetworks, bool) or num_subnetworks < 1:
        raise InputError(f"num_subnetworks={num_subnetworks!r}: expected a whole number of at least 1")
    if num_subnetworks > num_units:
        raise InputError(
            f"num_subnetworks={num_subnetworks}, but the network has {num_units} units and no subnetwork may be "
            f"empty: give at most {num_units}"
        )


def at_boundaries(names: Sequence[str], boundaries: Sequence[str]) -> list[int]:
    """Subnetwork of each unit when every unit named in `boundaries` begins a new one.

    The first unit always begins one and can be left out.

    Raises:
        InputError: a boundary is unknown, given twice or out of order.
    """
    unknown = [b for b in boundaries if b not in names]
    if unknown:
        raise InputError(f"boundary {unknown[0]!r} is not a unit: expected one or more of {', '.join(names)}")
    positions = [names.index(b) for b in boundaries]
    if positions != sorted(set(positions)):
        raise InputError(f"boundaries {list(boundaries)} must follow the order of the units, without duplicates")
    starts = {0, *positions}
    subnetworks, current = [], -1
    for i in range(len(names)):
        current += i in starts
        subnetworks.append(current)
    return subnetworks


def boundaries(names: Sequence[str], subnetworks: Sequence[int]) -> list[str]:
    """The names of the units that begin a subnetwork after the first; the inverse of `at_boundaries`."""
    return [name for name, before, i in zip(names[1:], subnetworks, subnetworks[1:], strict=False) if i != before]


def check_costs(names: Sequence[str], costs: Mapping[str, float] | None = None) -> Mapping[str, float]:
    """The costs of the named units, 1 each for `None`; InputError if one is missing or not a number of at least 0."""
    if costs is None:
        return dict.fromkeys(names, 1)
    for name in names:
        if name not in costs or not 0 <= costs[name] < math.inf:
            raise InputError(f"the cost of unit {name!r} is {costs.get(name)!r}: expected a number of at least 0")
    return {name: costs[name] for name in names}


def balanced(
    names: Sequence[str],
    num_subnetworks: int,
    costs: Mapping[str, float] | Sequence[Mapping[str, float]] | None = None,
) -> list[int]:
    """Subnetwork of each unit for the least possible cost of the most expensive subnetwork.

    Exact, by dynamic programming over contiguous cuts; among the cuts with that least cost, the one with the smallest
    sum of squared costs.

    Args:
        names: the units, in order.
        num_subnetworks: how many subnetworks.
        costs: cost of each unit, in any one measure, or one such mapping for each subnetwork, where a unit does not
            cost the same in all of them; `None` counts units.

    Raises:
        InputError: `num_subnetworks` does not fit, or a cost is missing or negative.
    """
    check_number(num_subnetworks, len(names))
    each = [costs] * num_subnetworks if costs is None or isinstance(costs, Mapping) else list(costs)
    if len(each) != num_subnetworks:
        raise InputError(
            f"costs for {len(each)} subnetworks, but there are {num_subnetworks}: give one mapping for each"
        )
    prefixes = []
    for of_subnetwork in each:
        of_subnetwork = check_costs(names, of_subnetwork)
        prefixes.append(list(itertools.accumulate((of_subnetwork[name] for name in names), initial=0)))
    largest, _ = _best_cut(prefixes, max)
    _, starts = _best_cut(prefixes, lambda total, cost: total + cost**2, most=largest)
    return at_boundaries(names, [names[start] for start in starts[1:]])


def _best_cut(
    prefixes: Sequence[Sequence[float]], combine: Callable[[float, float], float], most: float = float("inf")
) -> tuple[float, list[int]]:
    """Least combined cost over all cuts whose subnetworks cost at most `most` each, and the starts of that cut's runs.

    `prefixes[i][n]` is what the first n units would cost in subnetwork i.
    """
    num_units = len(prefixes[0]) - 1
    infinity = float("inf")
    # best[n]: the first n units, cut into as many runs as rounds so far
    best: list[float] = [0] + [infinity] * num_units
    choices = []
    for prefix in prefixes:
        following, choice = [infinity] * (num_units + 1), [0] * (num_units + 1)
        for end in range(1, num_units + 1):
            for start in range(end):
                cost = prefix[end] - prefix[start]
                if best[start] < infinity and cost <= most:
                    total = combine(best[start], cost)
                    if total < following[end]:
                        following[end], choice[end] = total, start
        best = following
        choices.append(choice)
    starts, end = [], num_units
    for choice in reversed(choices):
        end = choice[end]
        starts.append(end)
    return best[num_units], starts[::-1]
