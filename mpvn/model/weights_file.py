"""Checks that files of weights belong to a network."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from mpvn.errors import InputError
from mpvn.layers.keras_insides import layers_inside

if TYPE_CHECKING:
    from mpvn.model.network import VideoNetwork

# In a weights file, under this name: the names of the units, in order.
UNITS = "units"
# Prefix of the names of random states. A file without them fits, too.
SEED = "seed_"


def check_weights_file(network: VideoNetwork, path: str | os.PathLike[str]) -> None:
    """Raises InputError unless a `.weights.h5` file holds weights of just the network's shapes.

    Keras itself ignores extra content of a file, and layers that the file lacks. What a layer writes depends on the
    layer: an adapter goes into its kernel, a quantized kernel has a scale beside it.
    """
    path = os.fspath(path)
    if not path.endswith(".h5"):
        return
    if not os.path.isfile(path):
        raise InputError(f"weights {path!r} do not exist: give the path of a .weights.h5 file")
    shapes, units = [], None

    def note(name: str, item: h5py.HLObject) -> None:
        nonlocal units
        if not isinstance(item, h5py.Dataset) or name.startswith("optimizer/"):
            return
        if name == f"vars/{UNITS}":
            units = bytes(item[()]).decode().split("\n")
        elif not name.startswith(f"vars/{SEED}"):
            shapes.append(tuple(item.shape))

    with h5py.File(path) as file:
        file.visititems(note)
    if sorted(shapes) != sorted(_written(network)) or units != list(network.wiring.names):
        raise InputError(
            f"weights {path!r} do not fit network {network.name!r}: they were saved from another network, width or "
            f"number of classes; build the same network"
        )


def _written(network: VideoNetwork) -> list[tuple[int, ...]]:
    """The shapes of the weights that the network's layers would write."""
    layers = {id(layer): layer for outer in network.unit_layers for layer in layers_inside(outer)}
    shapes = []
    for layer in layers.values():
        store: dict[str, Any] = {}
        layer.save_own_variables(store)
        shapes += [tuple(np.shape(value)) for value in store.values()]
    return shapes
