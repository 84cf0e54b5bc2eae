"""The state of a runtime between two calls."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RuntimeState:
    """The state of a `Runtime` between two calls.

    Attributes:
        tick: tick of the global clock for the next frame.
        start_ticks: int64 [batch], the tick at which each stream began or was last reset.
        registers: {name: float32 [batch, ...]}.
    """

    tick: int
    start_ticks: np.ndarray
    registers: Mapping[str, np.ndarray]
