"""The random states of layers."""

import keras


def random_states(layer: keras.layers.Layer) -> list[keras.Variable]:
    """The variables of a layer and its inner layers that are not weights: Keras separates random states."""
    weights = {id(variable) for variable in layer.weights}
    return [variable for variable in layer.variables if id(variable) not in weights]
