"""Types of the inputs and outputs of layers."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

import keras
import tensorflow as tf

from mpvn.ranges import Mark


class _KnownPolicy(Mark):
    words = "that names a dtype or policy of Keras"

    def fits(self, value: str) -> bool:
        try:
            keras.dtype_policies.get(value)
        except (ValueError, TypeError):
            return False
        return True


# Sizes, None for the batch; where a layer reads several values, a sequence of such shapes.
Shape: TypeAlias = Sequence[Any]
# The one value that a layer reads, or all of them.
Values: TypeAlias = tf.Tensor | Sequence[tf.Tensor]
# A Keras dtype or policy; None is the global policy.
Dtype: TypeAlias = Annotated[str, _KnownPolicy()] | keras.DTypePolicy | None
