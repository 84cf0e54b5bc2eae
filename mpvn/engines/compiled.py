"""tf.functions made once for each key, and again when layers have changed, with a count of traces."""

import functools
from collections.abc import Callable, Hashable, Iterable
from typing import Any

import keras
import tensorflow as tf

from mpvn.layers.settings import Settings


class Functions:
    """Compiled functions by key.

    Args:
        layers: layers that the functions call. If a layer, or an object in it, is replaced, all functions are dropped.

    Attributes:
        num_traces: number of traces, in which Python code builds a graph. It must not grow while a stream runs.
    """

    def __init__(self, layers: Iterable[keras.layers.Layer]) -> None:
        self.num_traces = 0
        self._layers = tuple(layers)
        self._functions: dict[Hashable, Callable[..., Any]] = {}

    @functools.cached_property
    def settings(self) -> Settings:
        """The settings of the layers when the functions were made."""
        return Settings(self._layers)

    def get(self, key: Hashable, make: Callable[[], Callable]) -> Callable[..., Any]:
        """The tf.function for `key`, to be called at once; `make` returns the Python function on demand."""
        if self.settings.changed():
            self._functions.clear()
            self.settings.look()
        if key not in self._functions:
            self._functions[key] = tf.function(_Counted(make(), self), autograph=False)
        return self._functions[key]


class _Counted:
    """Calls a Python function and counts the call as a trace.

    An object, not a closure: TensorFlow treats closures from the same place in the code as one function, and warns
    about repeated traces.
    """

    def __init__(self, function: Callable, counter: Functions) -> None:
        self._function, self._counter = function, counter

    def __call__(self, *args: Any) -> Any:
        self._counter.num_traces += 1
        result = self._function(*args)
        self._counter.settings.look_after_call()
        return result
