"""What engines look at of a network; `mpvn.model.network.VideoNetwork`, which stands above them, has all of it."""

from typing import Protocol

import keras

from mpvn.devices import network
from mpvn.engines.compiled import Functions
from mpvn.engines.pipeline import Pipeline
from mpvn.layers.preprocessing import Preprocessing
from mpvn.layers.viewing import Viewing


class TakesFrames(Protocol):
    """What is fed with frames of one shape."""

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Of one frame."""

    @property
    def preprocessing(self) -> Preprocessing:
        """Which pixels are taken."""

    @property
    def viewing(self) -> Viewing | None:
        """How recordings became what it was trained on."""


class Network(network.Network, Protocol):
    """A network as engines see it."""

    pipeline: Pipeline
    functions: Functions
    compute_dtype: str
    preprocessing: Preprocessing
    viewing: Viewing | None
    variables: list[keras.Variable]
