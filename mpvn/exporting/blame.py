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
                    f"unit {name!r} cannot be exported to {title}: {_reason(reason)}; leave this format out, or "
                    f"write the unit in other operations"
                ) from reason
        raise InputError(f"the network cannot be exported to {title}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """What a converter says, without the places in its own source, as one line that is not too long."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(("Check ", "Exception from "))] or lines
    return " ".join(" ".join(said).split())[:300] or type(error).__name__
