"""tf.functions that are made once for each setting and counted when they are traced."""

from collections.abc import Callable, Hashable
from typing import Any

import tensorflow as tf


class Functions:
    """Compiled functions by key.

    Attributes:
        num_traces: how often Python code was run to build a graph. It must not grow while a stream runs.
    """

    def __init__(self) -> None:
        self.num_traces = 0
        self._functions: dict[Hashable, Callable[..., Any]] = {}

    def get(self, key: Hashable, make: Callable[[], Callable]) -> Callable[..., Any]:
        """The tf.function for `key`; `make` returns the Python function at the first request."""
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
        return self._function(*args)
