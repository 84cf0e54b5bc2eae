"""Types of what layers take and give."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import keras
import tensorflow as tf

# Sizes, None for the batch; where a layer reads several values, a sequence of such shapes.
Shape: TypeAlias = Sequence[Any]
# The one value that a layer reads, or all of them.
Values: TypeAlias = tf.Tensor | Sequence[tf.Tensor]
# A Keras dtype or policy; None is the global policy.
Dtype: TypeAlias = str | keras.DTypePolicy | None
