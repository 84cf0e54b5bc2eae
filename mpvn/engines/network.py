"""The part of a network that engines use; `mpvn.model.network.VideoNetwork`, on a higher floor, implements it."""

from typing import Protocol

import keras

from mpvn.devices import network
from mpvn.engines.compiled import Functions
from mpvn.engines.pipeline import Pipeline
from mpvn.layers.preprocessing import Preprocessing
from mpvn.layers.viewing import Viewing


class TakesFrames(Protocol):
    """Anything that takes frames of one shape."""

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of one frame."""

    @property
    def preprocessing(self) -> Preprocessing:
        """The range of its pixels."""

    @property
    def viewing(self) -> Viewing | None:
        """How recordings became its training frames."""


class Network(network.Network, Protocol):
    """A network as engines see it."""

    pipeline: Pipeline
    functions: Functions
    compute_dtype: str
    preprocessing: Preprocessing
    viewing: Viewing | None
    variables: list[keras.Variable]
