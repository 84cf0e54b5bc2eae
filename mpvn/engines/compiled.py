"""tf.functions that are made once for each key, and again when layers have changed; counted when they are traced."""

import functools
from collections.abc import Callable, Hashable, Iterable
from typing import Any

import keras
import tensorflow as tf

from mpvn.layers.settings import Settings


class Functions:
    """Compiled functions by key.

    Args:
        layers: which the functions call. When one of them, or what it holds, becomes another, no function stays.

    Attributes:
        num_traces: how often Python code was run to build a graph. It must not grow while a stream runs.
    """

    def __init__(self, layers: Iterable[keras.layers.Layer]) -> None:
        self.num_traces = 0
        self._layers = tuple(layers)
        self._functions: dict[Hashable, Callable[..., Any]] = {}

    @functools.cached_property
    def settings(self) -> Settings:
        """What the functions have seen of the layers; there is none to see before the first function."""
        return Settings(self._layers)

    def get(self, key: Hashable, make: Callable[[], Callable]) -> Callable[..., Any]:
        """The tf.function for `key`, to be called at once; `make` returns the Python function when it is needed."""
        if self.settings.changed():
            self._functions.clear()
            self.settings.look()
        if key not in self._functions:
            self._functions[key] = tf.function(_Counted(make(), self), autograph=False)
        return self._functions[key]


class _Counted:
    """Calls a Python function and counts the call as a trace.

    An object, not a closure: TensorFlow takes closures of one place in the code for one function, and warns that it is
    traced again and again.
    """

    def __init__(self, function: Callable, counter: Functions) -> None:
        self._function, self._counter = function, counter

    def __call__(self, *args: Any) -> Any:
        self._counter.num_traces += 1
        result = self._function(*args)
        self._counter.settings.look_after_call()
        return result
