"""Freezes units for training."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork


def freeze(network: VideoNetwork, patterns: Sequence[str]) -> None:
    """Freezes units by name: their weights and their batch-normalisation statistics do not change.

    Args:
        network: the network, whose layers are changed in all schedules.
        patterns: names of units, in which `*` matches anything.

    Raises:
        InputError: a pattern matches no unit, or no weights are left to train.
    """
    if isinstance(patterns, str):
        raise InputError(f"network.frozen={patterns!r} is a string: expected a list, [{patterns!r}]")
    names = network.wiring.names
    for pattern in patterns:
        chosen = [name for name in names if fnmatchcase(name, pattern)]
        if not chosen:
            raise InputError(f"network.frozen has {pattern!r}, which is no unit: expected some of {', '.join(names)}")
        for name in chosen:
            network.wiring[name].layer.trainable = False
    if patterns and not network.trainable_variables:
        raise InputError(f"network.frozen={list(patterns)} leaves no weights to train: remove some units")
