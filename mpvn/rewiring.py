"""What transformations of a network's wiring share: the network of other units."""

from mpvn.network import VideoNetwork


def like(network, units) -> VideoNetwork:
    """The sequential network of other units, with the frames, cuts and clock presets of `network`."""
    return VideoNetwork(
        units,
        network.frame_shape,
        cuts=network.cuts,
        clock_presets=network.clock_presets,
        name=network.name,
        dtype=network.dtype_policy,
    )
