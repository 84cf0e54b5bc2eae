"""The names that gin files can set."""

import gin

import mpvn.training  # noqa: F401 - the function `train`
from mpvn import networks, tasks
from mpvn.data import sources

for _network in (
    networks.autoencoder,
    networks.simple_cnn,
    networks.vgg8,
    networks.par_densenet,
    networks.par_inception,
):
    gin.external_configurable(_network, module="networks")
for _source in (sources.walkers, sources.moving_objects, sources.video_files):
    gin.external_configurable(_source, module="data")
gin.external_configurable(tasks.Action, name="action", module="tasks")
gin.external_configurable(tasks.Keypoints, name="keypoints", module="tasks")
gin.external_configurable(tasks.Reconstruction, name="reconstruction", module="tasks")


@gin.configurable
def network(
    input_shape,
    num_classes: int | None = None,
    heatmap_size: tuple[int, int] | None = None,
    base=gin.REQUIRED,
    num_subnetworks: int | None = None,
    cut=None,
    boundaries=None,
    costs="units",
    clocks=None,
    phases="staggered",
    skips="fresh",
    prediction_latency: int = 0,
):
    """A network in its schedule; see `VideoNetwork.parallel`.

    Args:
        input_shape: from the data.
        num_classes: from the data, for networks that classify.
        heatmap_size: from the task, for networks that localise keypoints.
        base: one of the networks, such as `@par_densenet`.
    """
    classes = {} if num_classes is None else {"num_classes": num_classes}
    sequential = base(input_shape=input_shape, **classes)
    if heatmap_size is not None:
        sequential = networks.with_keypoint_head(sequential, heatmap_size)
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
