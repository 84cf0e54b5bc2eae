"""Models that train an inner network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import keras

from mpvn.layers.preprocessing import Preprocessing
from mpvn.layers.types import Shape
from mpvn.model.clip_model import ClipModel
from mpvn.schedule.schedule import Schedule

if TYPE_CHECKING:
    from mpvn.model.network import VideoNetwork


class NetworkTrainer(ClipModel):
    """A model over clips that behaves like its `network`, except for training.

    Attributes:
        network: the VideoNetwork to train, save and use.
    """

    network: VideoNetwork

    @property
    def schedule(self) -> Schedule:
        return self.network.schedule

    @property
    def frame_shape(self) -> tuple[int, ...]:
        return self.network.frame_shape

    @property
    def preprocessing(self) -> Preprocessing:
        return self.network.preprocessing

    def layers_called(self) -> Sequence[keras.layers.Layer]:
        return self.network.layers_called()

    def without_devices(self) -> VideoNetwork:
        return self.network.without_devices()

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.network.compute_output_shape(input_shape)
