"""What gin settings describe, built, and trained for one step on clips that mean nothing."""

from collections.abc import Collection
from dataclasses import dataclass

import gin
import keras
import numpy as np
import tensorflow as tf

from mpvn.data import sources
from mpvn.data.video_data import VideoData
from mpvn.model.network import VideoNetwork
from mpvn.runs.bindings import bindings, is_set, value_of
from mpvn.runs.fed import fed
from mpvn.runs.optimizers import OptimizerSettings
from mpvn.runs.restore import network_of_settings, task_of_settings
from mpvn.runs.teacher import Teacher
from mpvn.tasks.task import Task

# What neither changes the network, nor the schedule, nor how a step is taken.
ELSEWHERE = ("data", "steps", "batch_size", "report_every", "validation_clips", "diagnostics")


@dataclass(frozen=True)
class Data:
    """Clips as settings describe them, without a clip.

    Attributes:
        source: name of the function that `train.data` names, or that it takes the clips from.
        num_frames: of a clip.
        size: of a frame, in pixels.
        whole: whether a clip is one frame of the network.
    """

    source: str
    num_frames: int
    size: int
    whole: bool

    def described(self, num_frames: int | None = None, size: int | None = None) -> VideoData:
        """The data, as settings say or in other sizes."""
        size = size or self.size
        data = VideoData([str(i) for i in range(12)], (size, size, 3), num_frames or self.num_frames, {}, None)
        return sources.whole_clips(lambda: data) if self.whole else data


@dataclass(frozen=True)
class Built:
    """What settings describe, before it is compiled."""

    network: VideoNetwork
    model: keras.Model
    task: Task
    teacher: VideoNetwork | None

    @property
    def frames(self) -> int:
        """The least length of a clip that has a valid output, and a gradient for every unit."""
        return max(self.model.frames_to_train, self.network.schedule.reach + 1) + self.task.ahead


def data_of_settings() -> Data:
    """The data that gin settings name; no file is looked for."""
    name = _name("train.data")
    whole = name == "whole_clips"
    source = _name("whole_clips.data") if whole else name
    return Data(source, value_of(f"{source}.num_frames"), value_of(f"{source}.size"), whole)


def base_of_settings() -> str:
    """The name of the base network."""
    return _name("network.base" if is_set("network.base") else "train.network")


def built(data: VideoData) -> Built:
    """The network, the schedule and the model that gin settings describe."""
    task = task_of_settings()
    network = network_of_settings(data, task)
    teacher = Teacher().network(**task.network_arguments(data)) if is_set("train.teacher") else None
    taught = {} if teacher is None else {"teacher": teacher}
    model = value_of("train.model")(network, **taught) if is_set("train.model") else network
    return Built(network, model, task, teacher)


def built_without_values(data: VideoData) -> Built:
    """As `built`, with all layers and shapes, but no weight gets a value: that is most of the work of a big network."""
    with keras.StatelessScope(initialize_variables=False):
        result = built(data)
    keras.utils.clear_session(free_memory=False)  # or the next symbolic call would still make the values
    return result


def step(what: Built, data: VideoData) -> tuple[float, list[bool]]:
    """Takes one step with the optimizer of gin settings, on noise: the loss, and which trained variables it changed."""
    model, task = what.model, what.task
    model.compile(
        optimizer=OptimizerSettings().make(),
        loss=task.loss(),
        metrics=task.metrics(),
        targets_per=task.targets_per,
        run_eagerly=True,
    )
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(0)
    video = rng.random((1, data.num_frames, *data.frame_shape), np.float32)
    joints = np.full((1, data.num_frames, 17, 3), data.frame_shape[-2] / 2, np.float32)
    annotation = {"label": np.array([1]), "joints": joints}[task.annotation]
    batch = fed(task, what.network)(video, annotation)
    before = [variable.numpy() for variable in model.trainable_variables]
    model.check_training()
    tf.config.run_functions_eagerly(True)  # one step is over sooner than its tracing
    try:
        loss = model.train_on_batch(*batch)
    finally:
        tf.config.run_functions_eagerly(False)
    after = model.trainable_variables
    changed = [not np.array_equal(old, new.numpy()) for old, new in zip(before, after, strict=True)]
    return float(np.ravel(loss)[0]), changed


def settings_but(functions: Collection[str] = (), parameters: Collection[str] = ()) -> str:
    """The settings that tell what is built and how a step is taken, but those of some functions or parameters."""
    said = [
        f"{key} = {value!r}"
        for key, value in bindings().items()
        if key.selector.split(".")[-1] not in functions
        and key.parameter not in parameters
        and not (key.selector.endswith(".train") and key.parameter in ELSEWHERE)
        and not (key.selector.endswith(".optimizer") and key.parameter in ("learning_rate", "decay"))
    ]
    return "\n".join(sorted(said))


def _name(setting: str) -> str:
    return gin.query_parameter(setting).selector.split(".")[-1]
