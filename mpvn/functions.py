"""tf.functions that are made once for each setting and counted when they are traced."""

from collections.abc import Callable, Hashable

import tensorflow as tf


class Functions:
    """Compiled functions by key.

    Attributes:
        num_traces: how often Python code was run to build a graph. It must not grow while a stream runs.
    """

    def __init__(self):
        self.num_traces = 0
        self._functions = {}

    def get(self, key: Hashable, make: Callable[[], Callable]):
        """The tf.function for `key`; `make` returns the Python function at the first request."""
        if key not in self._functions:
            python_function = make()

            def traced(*args):
                self.num_traces += 1
                return python_function(*args)

            self._functions[key] = tf.function(traced, autograph=False)
        return self._functions[key]
