"""Finds the unit that a converter does not support."""

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
    """Returns the result of `convert`.

    Args:
        network: the network that is converted.
        title: title of the format.
        convert: function that converts graphs.
        alone: function that converts the function of a single unit.

    Raises:
        InputError: the converter fails; the message names the first unit that it cannot convert by itself.
    """
    try:
        return convert()
    except Exception as error:  # converters raise various exceptions
        for name in network.wiring.names:
            try:
                alone(unit_function(network, name))
            except Exception as reason:
                raise InputError(
                    f"unit {name!r} cannot be exported to {title}: {_reason(reason)}; leave this format out, or "
                    f"use other operations in the unit"
                ) from reason
        raise InputError(f"the network cannot be exported to {title}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """A converter's message as one short line, without positions in its own source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(("Check ", "Exception from "))] or lines
    return " ".join(" ".join(said).split())[:300] or type(error).__name__
