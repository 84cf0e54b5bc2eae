"""Points of cost and worth: plain Python."""

import statistics
from collections.abc import Mapping, Sequence

Point = tuple[float, float]  # cost, worth: what is better is larger
Seeds = Mapping[int, float]  # worth by seed


def front(points: Mapping[str, Point]) -> list[str]:
    """The names of points that no other one is better than at the same cost or cheaper, the cheapest first."""
    chosen: list[str] = []
    best = float("-inf")
    for name, (_, worth) in sorted(points.items(), key=lambda item: (item[1][0], -item[1][1])):
        if worth > best:
            chosen.append(name)
            best = worth
    return chosen


def beyond(point: Point, curve: Sequence[Point]) -> float | None:
    """By how much a point lies above a curve at its cost, linear between the curve's points.

    Dearer than all of the curve, it is compared with the dearest; cheaper than all, there is nothing to compare.
    """
    cost, worth = point
    points = sorted(curve)
    if cost < points[0][0]:
        return None
    for (low, below), (high, above) in zip(points, points[1:], strict=False):
        if cost <= high:
            return worth - (below + (above - below) * (cost - low) / (high - low))
    return worth - points[-1][1]


def beyond_paired(cost: float, worth: Seeds, others: Mapping[str, tuple[float, Seeds]]) -> list[float]:
    """`beyond` for every seed that has one, over the front of those others that ran with all of the seeds.

    Which ones are on the front is decided by means over these seeds, so that a lucky seed draws no line of its own.

    Args:
        cost: of a point.
        worth: of the same point.
        others: {name: (cost, worth)}.
    """
    ran = {name: (price, seeds) for name, (price, seeds) in others.items() if worth.keys() <= seeds.keys()}
    means = {name: (price, statistics.mean(seeds[s] for s in worth)) for name, (price, seeds) in ran.items()}
    curve = [ran[name] for name in front(means)]
    differences = (beyond((cost, worth[s]), [(price, seeds[s]) for price, seeds in curve]) for s in worth if curve)
    return [difference for difference in differences if difference is not None]
