"""A graph with its weights as constants, which is what converters outside TensorFlow take."""

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from mpvn.exporting.graphs import Graph, concrete


def frozen(graph: Graph) -> tf.types.experimental.ConcreteFunction:
    """The graph's function with constants in place of variables; results are called as the graph says."""
    return convert_variables_to_constants_v2(concrete(graph))
