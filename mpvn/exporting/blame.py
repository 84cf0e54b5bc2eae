"""Whose fault is it? The unit that a converter does not take."""

from collections.abc import Callable
from typing import TypeVar

import tensorflow as tf

from mpvn.errors import InputError
from mpvn.exporting.plain import unit_function
from mpvn.model.network import VideoNetwork

Made = TypeVar("Made")


def converted(
    network: VideoNetwork,
    title: str,
    convert: Callable[[], Made],
    alone: Callable[[tf.types.experimental.ConcreteFunction], object],
) -> Made:
    """What `convert` gives.

    Args:
        network: that is converted.
        title: of the format.
        convert: converts graphs.
        alone: converts the function of a single unit.

    Raises:
        InputError: the converter fails; the line names the first unit that it fails on alone.
    """
    try:
        return convert()
    except Exception as error:  # whatever a converter raises
        for name in network.wiring.names:
            try:
                alone(unit_function(network, name))
            except Exception as reason:
                raise InputError(
                    f"unit {name!r} cannot be exported to {title}: {_first_line(reason)}; leave this format out, or "
                    f"write the unit in other operations"
                ) from reason
        raise InputError(f"the network cannot be exported to {title}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__
