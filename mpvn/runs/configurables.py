"""The names that gin files can set."""

import inspect

import gin

import mpvn.runs.training  # noqa: F401 - the function `train`
from mpvn import networks, tasks
from mpvn.data import sources
from mpvn.errors import InputError
from mpvn.model.distillation import Distillation
from mpvn.schedule import cuts as cutting
from mpvn.transforms import temporal_filters as temporal
from mpvn.transforms.frame_added import with_frame_added
from mpvn.transforms.skip_connections import with_skips

for _network in (
    networks.autoencoder,
    networks.simple_cnn,
    networks.vgg8,
    networks.par_densenet,
    networks.par_inception,
    networks.inception_3d,
):
    gin.external_configurable(_network, module="networks")
for _source in (sources.walkers, sources.moving_objects, sources.video_files, sources.whole_clips):
    gin.external_configurable(_source, module="data")
gin.external_configurable(tasks.Action, name="action", module="tasks")
gin.external_configurable(tasks.FutureFrames, name="future_frames", module="tasks")
gin.external_configurable(tasks.Keypoints, name="keypoints", module="tasks")
gin.external_configurable(tasks.Reconstruction, name="reconstruction", module="tasks")


@gin.configurable(module="mpvn.configurables")
def network(
    input_shape,
    num_classes: int | None = None,
    heatmap_size: tuple[int, int] | None = None,
    base=gin.REQUIRED,
    num_subnetworks: int | None = None,
    cut=None,
    boundaries=None,
    costs=None,
    clocks=None,
    phases="staggered",
    skips="fresh",
    prediction_latency: int = 0,
    temporal_kernel: int = 1,
    feedback: bool = False,
    skip: str | None = None,
    span: int | str = 1,
    skip_frame: bool = False,
    residual: bool = False,
):
    """A network in its schedule; see `VideoNetwork.parallel`.

    Args:
        input_shape: from the data.
        num_classes: from the data, for networks that classify.
        heatmap_size: from the task, for networks that localise keypoints.
        base: one of the networks, such as `@par_densenet`.
        temporal_kernel: see `temporal.with_temporal_filters`.
        feedback: whether the output is fed back, see `temporal.with_feedback`.
        skip, span, skip_frame: skip connections between the subnetworks, or between all units where there is one; see
            `skip_connections.with_skips`.
        residual: whether the frame is added to the output, see `residual.with_frame_added`.

    Raises:
        InputError: the network and the task do not go together.
    """
    classes = {} if num_classes is None else {"num_classes": num_classes}
    name, parameter = base.__name__, inspect.signature(base).parameters.get("num_classes")
    if classes and parameter is None:
        raise InputError(f"network {name!r} has no classes, and the task has: set train.task, such as @reconstruction")
    if not classes and heatmap_size is None and parameter is not None:
        raise InputError(f"network {name!r} needs classes, and the task has none: set train.task to @action")
    sequential = base(input_shape=input_shape, **classes)
    if heatmap_size is not None:
        sequential = networks.with_keypoint_head(sequential, heatmap_size)
    if skip is not None or residual:
        # The cut is made here, for neither skip connections nor a further unit are to move it.
        units = sequential.parallel(num_subnetworks, cut=cut, boundaries=boundaries, costs=costs).schedule.units
        boundaries = cutting.boundaries([unit.name for unit in units], [unit.subnetwork for unit in units])
        num_subnetworks = cut = None
    if skip is not None:
        sequential = with_skips(sequential, skip, span, boundaries or None, skip_frame)
    if temporal_kernel != 1:
        sequential = temporal.with_temporal_filters(sequential, temporal_kernel)
    if residual:
        sequential = with_frame_added(sequential)
    if feedback:
        sequential = temporal.with_feedback(sequential)
    return sequential.parallel(
        num_subnetworks,
        cut=cut,
        boundaries=boundaries,
        costs=costs,
        clocks=clocks,
        phases=phases,
        skips=skips,
        prediction_latency=prediction_latency,
    )


@gin.configurable(module="mpvn.configurables")
def distillation(network, teacher=None, units=None, weight: float = 100.0):
    """The model that learns from a teacher; see `mpvn.Distillation`. Set `train.teacher`, too."""
    if teacher is None:
        raise InputError("distillation needs a teacher: set train.teacher, such as @teacher/network")
    return Distillation(network, teacher, units, weight)
