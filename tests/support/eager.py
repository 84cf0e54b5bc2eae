"""Functions of TensorFlow run operation by operation: the same Python code without the time of tracing."""

import contextlib
from collections.abc import Iterator

import tensorflow as tf


@contextlib.contextmanager
def eagerly(wanted: bool = True) -> Iterator[None]:
    """Within it, tf.functions are not traced: to trace a small one takes ten times as long as to run it once.

    Some cases of every test stay compiled, for in graphs loops and conditions are others.
    """
    tf.config.run_functions_eagerly(wanted)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)
