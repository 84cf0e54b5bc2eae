"""Level phases: clocks set so that the most expensive tick of the hyper-period is as cheap as possible."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from mpvn.schedule.cuts import check_costs
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import FRAME

# After evaluating this many ticks (some seconds), a search returns its best result: our choice.
EFFORT = 4_000_000


def level(schedule: Schedule, costs: Mapping[str, float] | None = None) -> Schedule:
    """Changes the phases of a schedule so that its most expensive tick is as cheap as possible; our own rule.

    Every subnetwork has one offset, and every unit of it the phase `offset % period`. Phases inside a subnetwork are
    then equal modulo the greatest common divisor of their periods, and a value flows through the subnetwork within one
    tick: whenever a unit executes, so does every unit of its subnetwork that it reads (an `every_tick` reader of
    slower units is an exception). The given phases do not matter.

    The most expensive tick is as cheap as it can be for the networks of the papers. Where a search would take too
    long (more than about 20 subnetworks), its best result is improved step by step; it never costs more than staggered
    phases. Among equally cheap phases, those with the earliest first valid output are chosen, with the same
    reservation. The same arguments always give the same phases. With aligned skips, the output then no longer equals
    that of the sequential network, which requires staggered phases.

    Args:
        schedule: any schedule of the network.
        costs: cost of one execution of every unit, in any unit of measure; `None` counts units.

    Raises:
        InputError: a cost is missing or negative.
    """
    costs = _whole(check_costs(schedule.names, costs))
    patterns = []
    for subnetwork in range(schedule.num_subnetworks):
        units = list(schedule.subnetwork_units(subnetwork))
        period = math.lcm(*(unit.period for unit in units))
        patterns.append([sum(costs[u.name] for u in units if tick % u.period == 0) for tick in range(period)])
    offsets = _cheapest(patterns, schedule.hyper_period)
    most = max(_load(patterns, offsets, schedule.hyper_period))
    offsets = _earliest(schedule, patterns, most) or offsets
    units = [dataclasses.replace(unit, phase=offsets[unit.subnetwork] % unit.period) for unit in schedule.units]
    return Schedule(units, schedule.prediction_latency)


# Below, `patterns[i][t]` is the cost of subnetwork `i` at tick `t` of its own hyper-period with an offset of 0.


def _cheapest(patterns: Sequence[Sequence[int]], hyper_period: int) -> list[int]:
    """Offsets for which the most expensive tick is as cheap as possible, by branch and bound; at worst staggered ones.

    Subnetworks are placed one after the other, those with the largest load over the hyper-period first. Each is first
    tried where ticks stay most even, so that the first complete placement is the greedy one.
    """
    totals = [sum(pattern) * (hyper_period // len(pattern)) for pattern in patterns]
    least = -(-sum(totals) // hyper_period)  # the mean over the hyper-period, rounded up
    order = sorted(range(len(patterns)), key=lambda i: -totals[i])
    offsets = list(range(len(patterns)))
    most = max(_load(patterns, offsets, hyper_period))
    effort = EFFORT
    seen: set[tuple[int, tuple[int, ...]]] = set()
    pending: list[tuple[list[int], int, tuple[int, ...]]] = [([0] * hyper_period, 1, ())]
    while pending and most > least and effort > 0:
        load, repeats, placed = pending.pop()
        # The same load with the same subnetworks left to place: equal ones have only been swapped.
        if max(load) >= most or (len(placed), tuple(load)) in seen:
            continue
        if len(placed) == len(patterns):
            most, offsets = max(load), [offset for _, offset in sorted(zip(order, placed, strict=True))]
            continue
        seen.add((len(placed), tuple(load)))
        pattern = patterns[order[len(placed)]]
        # Placed subnetworks repeat after this many ticks: a larger offset is the same, at another time.
        choices = [(_added(load, pattern, o), o) for o in range(math.gcd(repeats, len(pattern)))]
        choices.sort(key=lambda choice: (_unevenness(choice[0]), choice[1]), reverse=True)
        pending += [(new, math.lcm(repeats, len(pattern)), (*placed, o)) for new, o in choices]
        effort -= hyper_period * len(choices)
    return offsets if not pending or most <= least else _improved(patterns, offsets, hyper_period)


def _improved(patterns: Sequence[Sequence[int]], offsets: list[int], hyper_period: int) -> list[int]:
    """Moves one subnetwork, or swaps two, as long as that makes the ticks more even."""
    best, improved = _unevenness(_load(patterns, offsets, hyper_period)), True
    while improved:
        improved = False
        for i in range(len(patterns)):
            trials = [offsets[:i] + [offset] + offsets[i + 1 :] for offset in range(len(patterns[i]))]
            for j in range(i):
                trials.append([offsets[{i: j, j: i}.get(k, k)] for k in range(len(patterns))])
            uneven, trial = min((_unevenness(_load(patterns, trial, hyper_period)), trial) for trial in trials)
            if uneven < best:
                best, offsets, improved = uneven, trial, True
    return offsets


def _earliest(schedule: Schedule, patterns: Sequence[Sequence[int]], most: int) -> list[int] | None:
    """Offsets with the earliest first valid output for which no tick costs more than `most`, or None.

    Branch and bound from the frame to the output; each subnetwork is first tried where it is valid soonest.
    """
    reads = {
        unit.name: [(r.source, r.delay + r.tap * schedule[r.source].period) for r in unit.reads if not r.feedback]
        for unit in schedule.units
    }
    ahead = {schedule.output: 0}  # ticks from a unit to the output, without holds: it cannot be valid any sooner
    for unit in reversed(schedule.units):
        for source, delay in reads[unit.name] if unit.name in ahead else ():
            ahead[source] = max(ahead.get(source, 0), ahead[unit.name] + delay)
    soonest, effort = math.inf, EFFORT
    best: list[int] | None = None
    pending: list[tuple[float, list[int], dict[str, int], list[int]]] = [
        (ahead.get(FRAME, 0), [0] * schedule.hyper_period, {FRAME: 0}, [])
    ]
    while pending and effort > 0:
        bound, load, valid_from, offsets = pending.pop()
        if bound >= soonest:
            continue
        if len(offsets) == len(patterns):
            soonest, best = bound, offsets
            continue
        pattern, choices = patterns[len(offsets)], []
        for offset in range(len(pattern)):
            effort -= schedule.hyper_period
            new = _added(load, pattern, offset)
            if max(new) > most:
                continue
            valid, reached = dict(valid_from), bound
            for unit in schedule.subnetwork_units(len(offsets)):
                ready = max((valid[source] + delay for source, delay in reads[unit.name]), default=0)
                valid[unit.name] = ready + (offset - ready) % unit.period
                reached = max(reached, valid[unit.name] + ahead.get(unit.name, -math.inf))
            choices.append((reached, new, valid, [*offsets, offset]))
        pending += sorted(choices, key=lambda choice: (choice[0], choice[3]), reverse=True)
    return best


def _load(patterns: Sequence[Sequence[int]], offsets: Sequence[int], hyper_period: int) -> list[int]:
    load = [0] * hyper_period
    for pattern, offset in zip(patterns, offsets, strict=True):
        load = _added(load, pattern, offset)
    return load


def _added(load: Sequence[int], pattern: Sequence[int], offset: int) -> list[int]:
    return [cost + pattern[(tick - offset) % len(pattern)] for tick, cost in enumerate(load)]


def _unevenness(load: Sequence[int]) -> tuple[int, int]:
    return max(load), sum(cost**2 for cost in load)


def _whole(costs: Mapping[str, float]) -> dict[str, int]:
    """The costs as whole numbers without a common divisor: sums are exact, and equal ticks compare equal."""
    exact = {name: Fraction(float(cost)) for name, cost in costs.items()}
    denominator = math.lcm(*(cost.denominator for cost in exact.values()))
    whole = {name: int(cost * denominator) for name, cost in exact.items()}
    divisor = math.gcd(*whole.values()) or 1
    return {name: cost // divisor for name, cost in whole.items()}
