"""Finds operations with side effects, above all assignments to variables.

A tick is only done when they are done. TensorFlow has no public way to get them from a block of code, so they are
found among the operations that the block added to the graph.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf


@contextmanager
def side_effects() -> Iterator[list[tf.Operation]]:
    """A list that contains the operations with side effects of the block, once the block has ended.

    It stays empty in eager execution, where an operation is done when it returns.
    """
    effects: list[tf.Operation] = []
    if tf.executing_eagerly():
        yield effects
        return
    graph = tf.compat.v1.get_default_graph()
    first = len(graph.get_operations())
    yield effects
    added = graph.get_operations()[first:]
    effects += [operation for operation in added if operation.op_def.is_stateful and not operation.outputs]
