"""Operations that are run for what they do, not for what they give: assignments to variables, above all.

A tick is only over when they are done, too. TensorFlow has no public way to ask a block of code for them, so they are
found among the operations that the block has added to the graph.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf


@contextmanager
def side_effects() -> Iterator[list[tf.Operation]]:
    """A list that holds the operations with side effects that the block has added, once the block is over.

    It stays empty where TensorFlow executes eagerly, for there an operation is done when it returns.
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
