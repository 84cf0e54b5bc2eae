"""Draws random augmentation once per clip: a single mirrored frame would look like motion."""

import keras
import tensorflow as tf

from mpvn.engines.pipeline import Pipeline
from mpvn.layers.keras_insides import is_augmentation, layers_inside


class ClipDraws:
    """Makes every tick of a clip draw the same random numbers for augmentation as the first one.

    Noise such as dropout is drawn at every tick.

    Args:
        pipeline: pipeline of the network.
        training: whether layers augment at all.
    """

    def __init__(self, pipeline: Pipeline, training: bool) -> None:
        self._first: dict[str, list[tuple[keras.Variable, tf.Tensor]]] = {}
        for unit in pipeline.wiring.units if training else ():
            states = [generator.state for generator in augmentation_seeds(unit.layer)]
            # tf.identity copies the value now: drawing changes the state.
            self._first[unit.name] = [(state, tf.identity(state.value)) for state in states]

    def rewind(self, name: str) -> None:
        """Restores the first random state; to be called before every execution of a unit."""
        for state, first in self._first.get(name, ()):
            state.assign(first)


def augmentation_seeds(layer: keras.layers.Layer) -> list[keras.random.SeedGenerator]:
    """The random states of the augmentation layers in a layer."""
    inside = [part for outer in layers_inside(layer) if is_augmentation(outer) for part in layers_inside(outer)]
    held = [value for part in inside for value in vars(part).values()]
    found = {id(value): value for value in held if isinstance(value, keras.random.SeedGenerator)}
    return list(found.values())
