"""Layers that several units of a network share stay shared when the network is loaded."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import keras

from mpvn.layers.keras_insides import MARK, layers_inside, sharing

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


def save_shared(layers: Sequence[keras.layers.Layer]) -> list[dict[str, Any]]:
    """Configs of layers, in which every layer inside them is marked, so that one in several places is loaded once.

    Keras marks what it meets again, but the place where it met it first only if that is not deep inside another config.
    """
    inner = {id(part) for layer in layers for part in layers_inside(layer)}
    with sharing():
        for _ in ("met", "met again"):
            configs = [keras.saving.serialize_keras_object(layer) for layer in layers]
    return _with_marks(configs, inner)


def _with_marks(config: Any, of: set[int]) -> Any:
    """A config without the marks of anything but some objects: others may be gone, and their identities used again."""
    if isinstance(config, dict):
        kept = {key: value for key, value in config.items() if key != MARK or value in of}
        return {key: _with_marks(value, of) for key, value in kept.items()}
    return [_with_marks(value, of) for value in config] if isinstance(config, (list, tuple)) else config
