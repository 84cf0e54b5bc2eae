"""Means and intervals over seeds."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

# 97.5% quantiles of Student's t, by degrees of freedom; from any table of it.
STUDENT_T = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


@dataclass(frozen=True)
class Interval:
    """A mean with its 95% interval. `format(interval, ".1f")` is `mean ± half width`, or a single value alone.

    Attributes:
        mean: of the values.
        half_width: of the interval; infinite for a single value, which has none.
    """

    mean: float
    half_width: float = math.inf

    def __format__(self, spec: str) -> str:
        mean = format(self.mean, spec)
        return mean if math.isinf(self.half_width) else f"{mean} ± {format(self.half_width, spec)}"

    def __str__(self) -> str:
        return format(self, "")


def interval(values: Sequence[float]) -> Interval:
    """Mean, and half the width of its 95% interval (Student's t over the values)."""
    if len(values) < 2:
        return Interval(float(values[0]))
    quantile = STUDENT_T.get(len(values) - 1, 1.96)
    return Interval(statistics.mean(values), quantile * statistics.stdev(values) / math.sqrt(len(values)))
