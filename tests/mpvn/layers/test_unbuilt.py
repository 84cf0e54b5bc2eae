"""Layers again, with new weights."""

import keras
import numpy as np

from mpvn.layers.chain import Chain
from mpvn.layers.unbuilt import all_unbuilt


class Unregistered(keras.layers.Dense):
    pass


def test_classes_functions_and_sharing_are_at_hand():
    factor, shared = 3.0, Unregistered(4)
    first = Chain([shared, keras.layers.Lambda(lambda value: value * factor + np.float32(1))])
    first.build((None, 4))
    again = all_unbuilt([first, shared])
    assert isinstance(again[1], Unregistered) and again[0].layers[0] is again[1] is not shared
    assert not again[1].built and again[0].layers[1].function is first.layers[1].function
    again[0].build((None, 6))
    assert again[1].kernel.shape == (6, 4)
