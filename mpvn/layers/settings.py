"""Detects changes of layers other than in the values of their variables.

A compiled function keeps the variables, flags, rates, activations and constants from when it was traced.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import call, is_, itemgetter
from typing import Any, cast

import keras
import tensorflow as tf

from mpvn.layers.keras_insides import is_bookkeeping, layers_inside
from mpvn.layers.objects import is_users

_PLAIN = (bool, int, float, str, tuple)
_MISSING = object()


class Settings:
    """The attributes of layers, of layers inside them, and of lists, dicts and plain objects that these hold.

    Changes inside of arrays, and of objects outside of layers, are not detected.

    Args:
        layers: the layers, which are read at once.
    """

    def __init__(self, layers: Iterable[keras.layers.Layer]) -> None:
        self._layers = tuple(layers)
        self._set_by_calls: set[tuple[int, Any]] = set()
        self.look()

    def look(self) -> None:
        """Takes the current state as the reference for later changes."""
        # The objects themselves are kept: an id is meaningless once its object is gone.
        self._seen = [(held, held.copy()) for held in _containers(self._layers)]
        self._glance()

    def look_after_call(self) -> None:
        """Like `look`; attributes that changed since the last look were set by `call`, and do not count as settings."""
        for held, before in self._seen:
            self._set_by_calls |= {(id(held), name) for name in self._different(held, before)}
        self.look()

    def changed(self) -> bool:
        """Whether any object has been replaced since the last look."""
        if self._looks_the_same():
            return False
        if any(self._different(held, before) for held, before in self._seen):
            return True
        self._glance()
        return False

    def _glance(self) -> None:
        """Records the data for `_looks_the_same`, which streams call at every step, so it only uses C code."""
        self._held = [held for held, _ in self._seen]
        self._lengths = list(map(len, self._held))
        self._readers = [self._reader(held) for held in self._held]
        self._values = list(chain.from_iterable(map(call, self._readers, self._held)))

    def _looks_the_same(self) -> bool:
        """Whether every setting is still the same object, and none was added or removed."""
        if list(map(len, self._held)) != self._lengths:
            return False
        try:
            return all(map(is_, chain.from_iterable(map(call, self._readers, self._held)), self._values))
        except KeyError:  # one was replaced
            return False

    def _reader(self, held: dict | list) -> Callable[[Any], tuple]:
        """A function from a container to its settings."""
        if isinstance(held, list):
            return tuple
        names = [name for name in held if self._is_setting(held, name)]
        # With a single name, itemgetter does not return a tuple.
        return itemgetter(*names, names[0]) if names else _nothing

    def _is_setting(self, held: dict | list, name: Any) -> bool:
        bookkeeping = isinstance(name, str) and is_bookkeeping(name)
        return not bookkeeping and (id(held), name) not in self._set_by_calls

    def _different(self, held: dict | list, before: dict | list) -> list:
        """The names, or positions, of differences."""
        now, then = (values if isinstance(values, dict) else dict(enumerate(values)) for values in (held, before))
        return [
            name
            for name in {**now, **then}
            if not _same(now.get(name, _MISSING), then.get(name, _MISSING)) and self._is_setting(held, name)
        ]


def _nothing(held: dict) -> tuple:
    return ()


def _values(held: dict | list) -> Iterable:
    return held.values() if isinstance(held, dict) else held


def _same(one: Any, other: Any) -> bool:
    if one is other or (type(one) is type(other) and isinstance(one, _PLAIN) and one == other):
        return True
    # A call left a graph tensor there.
    return any(isinstance(value, tf.Tensor) and not hasattr(value, "numpy") for value in (one, other))


def _is_frozen(item: Any) -> bool:
    return dataclasses.is_dataclass(item) and cast(Any, item).__dataclass_params__.frozen


def _containers(layers: Sequence[keras.layers.Layer]) -> list[dict | list]:
    """Attributes, lists and dicts, each once."""
    found: dict[int, dict | list] = {}
    done: dict[int, Any] = {}
    waiting: list[Any] = [inner for layer in layers for inner in layers_inside(layer)]
    while waiting:
        item = waiting.pop()
        if id(item) in done:
            continue
        done[id(item)] = item
        if isinstance(item, keras.Operation) or is_users(item):
            held: Any = vars(item)
            waiting += [value for name, value in held.items() if not is_bookkeeping(name)]
            if _is_frozen(item):
                continue
        elif isinstance(item, (list, dict)):
            held = item
            waiting += _values(held)
        else:
            waiting.extend(item if isinstance(item, tuple) else ())
            continue
        found[id(held)] = held
    return list(found.values())
