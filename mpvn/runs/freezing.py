"""Units that training leaves as they are."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork


def freeze(network: VideoNetwork, patterns: Sequence[str]) -> None:
    """Freezes the units of these names: their weights stay, and their batch normalisation keeps its statistics.

    Args:
        network: its layers are changed, whatever schedule they are in.
        patterns: names of units, in which `*` stands for anything.

    Raises:
        InputError: a pattern fits no unit, or nothing is left to be trained.
    """
    if isinstance(patterns, str):
        raise InputError(f"network.frozen={patterns!r} is a string: expected a list, [{patterns!r}]")
    names = network.wiring.names
    for pattern in patterns:
        chosen = [name for name in names if fnmatchcase(name, pattern)]
        if not chosen:
            raise InputError(f"network.frozen has {pattern!r}, which fits no unit: expected some of {', '.join(names)}")
        for name in chosen:
            network.wiring[name].layer.trainable = False
    if patterns and not network.trainable_variables:
        raise InputError(f"network.frozen={list(patterns)} leaves no weights to train: leave some units out")
