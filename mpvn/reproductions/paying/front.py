"""Points of cost and worth: plain Python."""

from collections.abc import Mapping, Sequence

Point = tuple[float, float]  # cost, worth: what is better is larger


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
