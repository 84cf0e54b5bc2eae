"""What a runtime keeps between two calls."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RuntimeState:
    """All that a `Runtime` keeps between two calls.

    Attributes:
        tick: of the global clock; the next frame is that of this tick.
        start_ticks: int64 [batch], the tick at which each stream began or was last reset.
        registers: {name: float32 [batch, ...]}.
    """

    tick: int
    start_ticks: np.ndarray
    registers: Mapping[str, np.ndarray]
