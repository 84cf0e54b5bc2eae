"""Types of functions that the settings of a run name, and of their arguments."""

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

import keras

from mpvn.data.video_data import VideoData
from mpvn.model.network import VideoNetwork
from mpvn.ranges import Gives
from mpvn.tasks.task import Task

OptimizerFunction: TypeAlias = Annotated[
    Callable[..., keras.optimizers.Optimizer | list[keras.optimizers.Optimizer]],
    Gives("learning_rate", "weight_decay", "clipnorm"),
]
DataFunction: TypeAlias = Callable[[], VideoData]
TaskFunction: TypeAlias = Callable[[], Task]
NetworkFunction: TypeAlias = Annotated[Callable[..., VideoNetwork], Gives("input_shape", "num_classes", "heatmap_size")]
BaseFunction: TypeAlias = Annotated[Callable[..., VideoNetwork], Gives("input_shape", "num_classes")]
Transform: TypeAlias = Annotated[Callable[..., VideoNetwork], Gives("network")]
ModelFunction: TypeAlias = Annotated[Callable[..., keras.Model], Gives("network", "teacher")]
Diagnostics: TypeAlias = Annotated[Callable[..., dict[str, Any]], Gives("model", "video", "targets")]
