"""Networks by name: one of the package's, a file, or a run folder."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import mpvn

if TYPE_CHECKING:  # listing suites must not load TensorFlow
    from mpvn.model.network import VideoNetwork

LEVELS = (1, 2, 4)  # for a network that is not in the papers


def is_users(network: str) -> bool:
    """Whether it is a file or a run folder, and not a name."""
    return os.path.exists(network)


def built(network: str, size: int, width: float, num_classes: int) -> "VideoNetwork":
    """The sequential network; a user's own has its own size, width and classes.

    Args:
        network: a name in `mpvn.networks`, a `.keras` file or a run folder.
        size: height and width of frames, in pixels.
        width: width multiplier.
        num_classes: outputs.
    """
    if is_users(network):
        from mpvn.runs.loading import load

        return load(network).parallel(1)
    return getattr(mpvn.networks, network)(num_classes=num_classes, input_shape=(size, size, 3), width=width)


def sizes_of(network: str, sizes: Sequence[int]) -> Sequence[int]:
    """The sizes at which a network is measured; a user's own has one."""
    return [built(network, 0, 1.0, 0).frame_shape[0]] if is_users(network) else sizes


def levels_of(network: str, levels: Mapping[str, Sequence[int]]) -> Sequence[int]:
    """Numbers of subnetworks of a network, the sequential 1 first."""
    return levels.get(network, LEVELS)
