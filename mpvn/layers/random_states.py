"""The states that layers draw random numbers from."""

import keras


def random_states(layer: keras.layers.Layer) -> list[keras.Variable]:
    """The variables of a layer, and of those in it, that are no weights: Keras keeps random states apart."""
    weights = {id(variable) for variable in layer.weights}
    return [variable for variable in layer.variables if id(variable) not in weights]
