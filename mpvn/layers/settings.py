"""What layers hold beside the values of their variables, and whether it has changed since one last looked.

A compiled function keeps what it saw when it was traced: which variables there are, flags, rates, activations and
constants.
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

    Not heard of are arrays that are written into, and what a layer finds outside itself.

    Args:
        layers: which are looked at, now for the first time.
    """

    def __init__(self, layers: Iterable[keras.layers.Layer]) -> None:
        self._layers = tuple(layers)
        self._set_by_calls: set[tuple[int, Any]] = set()
        self.look()

    def look(self) -> None:
        """From what there is now, later changes are told."""
        # The objects themselves are kept: an identity means nothing once its object is gone.
        self._seen = [(held, held.copy()) for held in _containers(self._layers)]
        self._glance()

    def look_after_call(self) -> None:
        """As `look`; what has changed since the last look was set by a `call` of the layers, and is no setting."""
        for held, before in self._seen:
            self._set_by_calls |= {(id(held), name) for name in self._different(held, before)}
        self.look()

    def changed(self) -> bool:
        """Whether anything is another object than at the last look."""
        if self._looks_the_same():
            return False
        if any(self._different(held, before) for held, before in self._seen):
            return True
        self._glance()
        return False

    def _glance(self) -> None:
        """Notes down what `_looks_the_same` compares: a stream asks at every step, so it is nothing but C."""
        self._held = [held for held, _ in self._seen]
        self._lengths = list(map(len, self._held))
        self._readers = [self._reader(held) for held in self._held]
        self._values = list(chain.from_iterable(map(call, self._readers, self._held)))

    def _looks_the_same(self) -> bool:
        """Whether every setting is the very object that it was, and none has come or gone."""
        if list(map(len, self._held)) != self._lengths:
            return False
        try:
            return all(map(is_, chain.from_iterable(map(call, self._readers, self._held)), self._values))
        except KeyError:  # another has come in place of one
            return False

    def _reader(self, held: dict | list) -> Callable[[Any], tuple]:
        """A function of a container that gives its settings."""
        if isinstance(held, list):
            return tuple
        names = [name for name in held if self._is_setting(held, name)]
        # With a single name, itemgetter gives no tuple.
        return itemgetter(*names, names[0]) if names else _nothing

    def _is_setting(self, held: dict | list, name: Any) -> bool:
        bookkeeping = isinstance(name, str) and is_bookkeeping(name)
        return not bookkeeping and (id(held), name) not in self._set_by_calls

    def _different(self, held: dict | list, before: dict | list) -> list:
        """The names, or positions, of what differs."""
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
    # A tensor of a graph was left there by a call.
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
