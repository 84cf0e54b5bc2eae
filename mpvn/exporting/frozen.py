"""Freezes the weights of a function as constants, for converters outside of TensorFlow."""

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2


def frozen(function: tf.types.experimental.ConcreteFunction) -> tf.types.experimental.ConcreteFunction:
    """The function with constants instead of variables; results are in the order of the function."""
    if not function.variables and not function.graph.captures:
        return function  # freezing takes many times the memory of the weights
    return convert_variables_to_constants_v2(function)
