"""What a layer may know of time while an engine calls it: how many ticks are folded into its batch."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple


class Ticks(NamedTuple):
    """Time as a layer sees it.

    Attributes:
        folded: how many ticks lie one after the other in the batch axis; the batch is `[folded * batch, ...]`.
        valid: scalar bool tensor, whether what the layer is given is valid; None if it always is.
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
