"""The names that gin files can set."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import gin

import mpvn.runs.training  # noqa: F401 - the function `train`
from mpvn import networks, tasks
from mpvn.checked import checked
from mpvn.data import sources
from mpvn.errors import InputError
from mpvn.model.distillation import Distillation
from mpvn.model.network import VideoNetwork
from mpvn.ranges import Count, Keywords, Name, PositiveOrZero
from mpvn.runs import keras_file  # noqa: F401 - the function `keras_file`
from mpvn.runs.freezing import freeze
from mpvn.runs.older_names import NETWORK, OlderNetwork, say, with_older_transforms
from mpvn.runs.types import BaseFunction, Transform
from mpvn.schedule import cuts
from mpvn.schedule.options import ScheduleOptions
from mpvn.transforms import feedback, frame_added, skip_connections, temporal_filters, temporal_shift

for _network in (
    networks.autoencoder,
    networks.simple_cnn,
    networks.vgg8,
    networks.par_densenet,
    networks.par_inception,
    networks.inception_3d,
):
    gin.external_configurable(_network, module="networks")
for _source in (
    sources.walkers,
    sources.moving_objects,
    sources.video_files,
    sources.tfds_clips,
    sources.whole_clips,
):
    gin.external_configurable(_source, module="data")
gin.external_configurable(tasks.Action, name="action", module="tasks")
gin.external_configurable(tasks.FutureFrames, name="future_frames", module="tasks")
gin.external_configurable(tasks.Keypoints, name="keypoints", module="tasks")
gin.external_configurable(tasks.Reconstruction, name="reconstruction", module="tasks")


@gin.configurable(module="transforms")
def with_skips(
    network: VideoNetwork,
    skip: Literal["sum", "concat"] = "sum",
    span: Count | Literal["dense"] = 1,
    frame: bool = False,
) -> VideoNetwork:
    """Adds skip connections between the subnetworks of a network, or between all units if there is only one.

    Args:
        network: a chain with its cut.
        skip, span, frame: see `mpvn.with_skips`.
    """
    return skip_connections.with_skips(network, skip, span, _starts(network) or None, frame)


_TRANSFORMS = {
    "with_skips": with_skips,
    "with_temporal_filters": gin.external_configurable(temporal_filters.with_temporal_filters, module="transforms"),
    "with_temporal_shift": gin.external_configurable(temporal_shift.with_temporal_shift, module="transforms"),
    "with_frame_added": gin.external_configurable(frame_added.with_frame_added, module="transforms"),
    "with_feedback": gin.external_configurable(feedback.with_feedback, module="transforms"),
}


@gin.configurable(module="mpvn.configurables")
@checked
def network(
    input_shape: Sequence[int],
    num_classes: int | None = None,
    heatmap_size: tuple[int, int] | None = None,
    base: BaseFunction = gin.REQUIRED,
    transforms: Sequence[Transform] = (),
    frozen: Sequence[Name] = (),
    **options: Annotated[Any, Keywords(ScheduleOptions, OlderNetwork)],
) -> VideoNetwork:
    """A network in its schedule.

    Args:
        input_shape: shape of a frame, from the data.
        num_classes: number of classes, from the data, for classifiers.
        heatmap_size: size of heatmaps, from the task, for networks that localise keypoints.
        base: one of the networks, such as `@par_densenet`, `@keras_file`, or a user's function.
        transforms: transformations such as `[@with_skips, @with_frame_added]`. Each is called, in this order, with the
            network in the cut of the base network, and returns a network in which the units that begin a subnetwork
            keep their names: so the cut is kept for later transformations.
        frozen: names of units that are not trained, such as `["stem", "block1_*"]`.
        **options: see `ScheduleOptions`; names in `older_names.NETWORK` change the transformations.

    Raises:
        InputError: an option is unknown, or the network, a transformation and the task are incompatible.
    """
    transforms, renamed = with_older_transforms(transforms, options, _TRANSFORMS)
    say(renamed)
    schedule = ScheduleOptions.of(**{name: value for name, value in options.items() if name not in NETWORK})
    result = _scheduled(_base_network(base, input_shape, num_classes, heatmap_size), transforms, schedule)
    freeze(result, frozen)
    return result


def _scheduled(
    sequential: VideoNetwork,
    transforms: Sequence[Callable[[VideoNetwork], VideoNetwork]],
    schedule: ScheduleOptions,
) -> VideoNetwork:
    """The transformed network in its schedule."""
    if not transforms:
        return sequential.parallel(**vars(schedule))
    cut = {name: getattr(schedule, name) for name in ("num_subnetworks", "cut", "boundaries", "costs")}
    transformed = sequential.parallel(**cut)
    starts = _starts(transformed)
    for transform in transforms:
        transformed = _transformed(transform, transformed).parallel(boundaries=starts)
    return transformed.parallel(**vars(replace(schedule, num_subnetworks=None, cut=None, boundaries=starts)))


def _base_network(
    base: Callable[..., VideoNetwork],
    input_shape: Sequence[int],
    num_classes: int | None,
    heatmap_size: tuple[int, int] | None,
) -> VideoNetwork:
    """The sequential network for a task."""
    classes = {} if num_classes is None else {"num_classes": num_classes}
    name, parameters = base.__name__, inspect.signature(base).parameters
    takes_classes = "num_classes" in parameters
    # A function of `**task` accepts any parameters of the task.
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    if classes and not (takes_classes or takes_any):
        raise InputError(f"network {name!r} has no classes, but the task has: set train.task, such as @reconstruction")
    if not classes and heatmap_size is None and takes_classes:
        raise InputError(f"network {name!r} needs classes, but the task has none: set train.task to @action")
    sequential = base(input_shape=input_shape, **classes)
    return sequential if heatmap_size is None else networks.with_keypoint_head(sequential, heatmap_size)


def _starts(network: VideoNetwork) -> list[str]:
    """The units that begin a subnetwork, except for the first one."""
    units = network.schedule.units
    return cuts.boundaries([unit.name for unit in units], [unit.subnetwork for unit in units])


def _transformed(transform: Callable[[VideoNetwork], VideoNetwork], network: VideoNetwork) -> VideoNetwork:
    result = transform(network)
    if not isinstance(result, VideoNetwork):
        raise InputError(f"{transform!r} in network.transforms gives {type(result).__name__}: expected a VideoNetwork")
    return result


@gin.configurable(module="mpvn.configurables")
@checked
def distillation(
    network: VideoNetwork,
    teacher: VideoNetwork | None = None,
    units: Sequence[str] | None = None,
    weight: PositiveOrZero = 100.0,
    only_executions: bool = False,
) -> Distillation:
    """The model that learns from a teacher; see `mpvn.Distillation`. Also set `train.teacher`."""
    if teacher is None:
        raise InputError(
            "distillation needs a teacher: set train.teacher to @teacher, and teacher.network, such as to "
            "@teacher/network, or teacher.trained to a run folder"
        )
    return Distillation(network, teacher, units, weight, only_executions)
