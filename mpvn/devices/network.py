"""The part of a network that devices use; `mpvn.model.network.VideoNetwork`, on a higher floor, implements it."""

from collections.abc import Sequence
from typing import Any, Protocol, Self

import keras
import tensorflow as tf

from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import Wiring


class Network(Protocol):
    """A network as devices see it."""

    name: str
    wiring: Wiring
    schedule: Schedule
    frame_shape: tuple[int, ...]
    devices: tuple[str, ...] | None
    dtype_policy: keras.DTypePolicy
    pipeline: Any  # mpvn.engines.pipeline.Pipeline, on a higher floor

    def value_spec(self, name: str) -> tf.TensorSpec:
        """Shape [None, ...] and type of the output of unit `name`, or of the frame."""

    def parallel(self, num_subnetworks: int) -> Self:
        """The same units in another schedule."""

    def place(self, devices: Sequence[str]) -> Self:
        """The same network on devices."""
