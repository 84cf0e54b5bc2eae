"""Keeps layers that several units share shared when the network is loaded."""

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
    """Within the block, loaded layers belong to one network."""
    before = getattr(_state, "loaded", None)
    _state.loaded = {}
    try:
        yield
    finally:
        _state.loaded = before


def load_once(key: str | None, load: Callable[[], Loaded]) -> Loaded:
    """Returns the result of `load`, or the earlier result for the same key in the same network."""
    loaded = getattr(_state, "loaded", None)
    if key is None or loaded is None:
        return load()
    if key not in loaded:
        loaded[key] = load()
    return loaded[key]


def save_shared(layers: Sequence[keras.layers.Layer]) -> list[dict[str, Any]]:
    """Configs of layers in which every inner layer is marked, so that a layer in several places is loaded once.

    Keras marks repeated objects, but their first place only if it is not deep inside another config.
    """
    inner = {id(part) for layer in layers for part in layers_inside(layer)}
    with sharing():
        for _ in ("met", "met again"):
            configs = [keras.saving.serialize_keras_object(layer) for layer in layers]
    return _with_marks(configs, inner)


def _with_marks(config: Any, of: set[int]) -> Any:
    """A config with marks of some objects only: others may no longer exist, and their ids may be reused."""
    if isinstance(config, dict):
        kept = {key: value for key, value in config.items() if key != MARK or value in of}
        return {key: _with_marks(value, of) for key, value in kept.items()}
    return [_with_marks(value, of) for value in config] if isinstance(config, (list, tuple)) else config
