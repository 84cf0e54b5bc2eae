"""Means and intervals over seeds."""

import math
import statistics
from collections.abc import Sequence

# 97.5% quantiles of Student's t, by degrees of freedom; from any table of it.
STUDENT_T = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the width of its 95% interval (Student's t over the values); infinite for a single value."""
    if len(values) < 2:
        return float(values[0]), math.inf
    quantile = STUDENT_T.get(len(values) - 1, 1.96)
    return statistics.mean(values), quantile * statistics.stdev(values) / math.sqrt(len(values))


def text(values: Sequence[float], digits: int = 1) -> str:
    """`mean ± half width`, or the value alone."""
    mean, half = interval(values)
    return f"{mean:.{digits}f}" if math.isinf(half) else f"{mean:.{digits}f} ± {half:.{digits}f}"
