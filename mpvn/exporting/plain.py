"""The network that is exported: on no device of its own, in float32."""

from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork


def plain_network(network: VideoNetwork) -> VideoNetwork:
    """A network as graphs of other runtimes can hold it.

    Raises:
        InputError: it is no VideoNetwork, or computes in another type than float32.
    """
    if not isinstance(network, VideoNetwork):
        raise InputError(
            f"network={network!r}: expected a VideoNetwork; mpvn.from_keras makes one of a Keras model, mpvn.load reads "
            f"one from a file or run folder"
        )
    return network.without_devices()
