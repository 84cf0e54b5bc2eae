"""Layers that several units of a network share stay shared when the network is loaded."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

Loaded = TypeVar("Loaded")

_state = threading.local()


@contextlib.contextmanager
def one_network() -> Iterator[None]:
    """What is loaded inside belongs to one network."""
    before = getattr(_state, "loaded", None)
    _state.loaded = {}
    try:
        yield
    finally:
        _state.loaded = before


def load_once(key: str | None, load: Callable[[], Loaded]) -> Loaded:
    """What `load` returns; for a key that was given before in the same network, what it returned then."""
    loaded = getattr(_state, "loaded", None)
    if key is None or loaded is None:
        return load()
    if key not in loaded:
        loaded[key] = load()
    return loaded[key]
