"""The number of ticks folded into a layer's batch, while an engine calls the layer."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple


class Ticks(NamedTuple):
    """Time, as seen by a layer.

    Attributes:
        folded: number of consecutive ticks in the batch axis; the batch is `[folded * batch, ...]`.
        valid: scalar bool tensor, whether the layer's input is valid; None if it always is.
    """

    folded: int = 1
    valid: Any = None


_state = threading.local()


def current() -> Ticks:
    return getattr(_state, "ticks", Ticks())


@contextlib.contextmanager
def ticks(folded: int = 1, valid: Any = None) -> Iterator[None]:
    """Tells the layers called inside how many ticks their batch holds."""
    before = current()
    _state.ticks = Ticks(folded, valid)
    try:
        yield
    finally:
        _state.ticks = before
