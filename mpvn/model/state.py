"""The variables of a network, by names that depend neither on its schedule nor on Keras's numbering of layers."""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from mpvn.layers.keras_insides import layers_inside
from mpvn.layers.random_states import random_states
from mpvn.names import distinct
from mpvn.schedule.wiring import Wiring

Variables = dict[str, tf.Variable]


def weights(wiring: Wiring) -> Variables:
    """All weights, by unit and position."""
    return _by_unit(wiring, lambda layer: layer.weights)


def seeds(wiring: Wiring) -> Variables:
    """The other variables, seeds of random numbers, by unit and position."""
    return _by_unit(wiring, random_states)


def derive(wiring: Wiring) -> None:
    """Lets layers recompute values derived from their variables, after variables have been restored."""
    for unit in wiring.units:
        for layer in layers_inside(unit.layer):
            if isinstance(layer, keras.layers.Normalization):
                layer.finalize_state()


def _by_unit(wiring: Wiring, variables_of: Callable[[keras.layers.Layer], Sequence[keras.Variable]]) -> Variables:
    names = distinct(wiring.names, str.isalnum)
    return {
        f"{names[unit.name]}_{i:03d}": variable.value
        for unit in wiring.units
        for i, variable in enumerate(variables_of(unit.layer))
    }
