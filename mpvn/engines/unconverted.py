"""Methods that AutoGraph does not convert."""

from collections.abc import Callable
from typing import TypeVar

import tensorflow as tf

Method = TypeVar("Method", bound=Callable)


def unconverted(method: Method) -> Method:
    """Marks a method that users may call within a `tf.function`, where AutoGraph would rewrite all called code.

    There is nothing to rewrite, tracing is faster, and an InputError stays a single line.
    """
    return tf.autograph.experimental.do_not_convert(method)
