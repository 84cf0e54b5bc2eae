"""The names that gin files can set."""

import gin

import mpvn.training  # noqa: F401 - the function `train`
from mpvn import networks
from mpvn.data import sources

for _network in (networks.simple_cnn, networks.vgg8, networks.par_densenet, networks.par_inception):
    gin.external_configurable(_network, module="networks")
for _source in (sources.walkers, sources.video_files):
    gin.external_configurable(_source, module="data")


@gin.configurable
def network(
    num_classes: int,
    input_shape,
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
        num_classes: from the data.
        input_shape: from the data.
        base: one of the networks, such as `@par_densenet`.
    """
    sequential = base(num_classes=num_classes, input_shape=input_shape)
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
