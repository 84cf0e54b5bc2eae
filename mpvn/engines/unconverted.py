"""Methods that AutoGraph leaves as they are."""

from collections.abc import Callable
from typing import TypeVar

import tensorflow as tf

Method = TypeVar("Method", bound=Callable)


def unconverted(method: Method) -> Method:
    """A method that a user may call within a `tf.function` of his own, where AutoGraph rewrites all that is called.

    There is nothing to rewrite, tracing is quicker so, and an InputError stays the one line that it is.
    """
    return tf.autograph.experimental.do_not_convert(method)
