"""The frame added to the output: a network that predicts what changes."""

import keras

from mpvn.errors import InputError
from mpvn.fresh import fresh
from mpvn.rewiring import like
from mpvn.wiring import FRAME, Unit


def with_frame_added(network, name: str = "frame_added"):
    """The sequential network whose output is the current frame plus what `network` puts out; new weights.

    The frame reaches the output in the tick in which it arrives, whatever the number of subnetworks, so that what does
    not move need not go through the network, and stays sharp.

    Source: our choice, for the future frames of Skip-Sideways.

    Args:
        network: its output has the shape of a frame.
        name: of the new unit, which adds; it belongs to the last subnetwork.

    Returns:
        The sequential network, whose other units have the names that they had.

    Raises:
        InputError: the output is no frame, or the name is taken.
    """
    last = network.wiring.units[-1]
    shape = tuple(network.value_spec(last.name).shape[1:])
    if shape != network.frame_shape:
        raise InputError(
            f"the output of network {network.name!r} has shape {list(shape)}, and the frame that is to be added has "
            f"{list(network.frame_shape)}: expected a network that puts out frames, such as autoencoder"
        )
    units = [
        Unit(unit.name, fresh(unit.layer), unit.inputs, unit.feedback, unit.every_tick, unit.output_shape)
        for unit in network.wiring.units
    ]
    units.append(Unit(name, keras.layers.Add(dtype=last.layer.dtype_policy), [last.name, FRAME]))
    return like(network, units)
