"""What engines look at of a network; `mpvn.model.network.VideoNetwork`, which stands above them, has all of it."""

from typing import Protocol

from mpvn.devices import network
from mpvn.engines.compiled import Functions
from mpvn.engines.pipeline import Pipeline


class TakesFrames(Protocol):
    """What is fed with frames of one shape."""

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Of one frame."""


class Network(network.Network, Protocol):
    """A network as engines see it."""

    pipeline: Pipeline
    functions: Functions
    compute_dtype: str
