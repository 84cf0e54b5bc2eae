"""Adds the frame to the output: the network predicts changes."""

from dataclasses import replace

from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.layers.add_change import AddChange
from mpvn.layers.unbuilt import all_unbuilt
from mpvn.model.network import VideoNetwork
from mpvn.ranges import Name
from mpvn.schedule.wiring import FRAME, Unit


@checked
def with_frame_added(network: VideoNetwork, name: Name = "frame_added") -> VideoNetwork:
    """Adds the current frame to the output of a network, which is multiplied by a gain.

    With fresh registers and without clocks, the frame reaches the output in the tick in which it arrives, whatever the
    number of subnetworks: static content does not have to pass through the network, and stays sharp. The weights are
    new; see `AddChange` for the gain.

    Source: our choice, for the future frames of Skip-Sideways.

    Args:
        network: a network whose output has the shape of a frame.
        name: name of the new unit, which adds; it joins the last subnetwork of the declared cuts.

    Returns:
        The sequential network, whose other units keep their names.

    Raises:
        InputError: the output does not have the shape of a frame, or the name is taken.
    """
    last = network.wiring.units[-1]
    shape = tuple(network.value_spec(last.name).shape[1:])
    if shape != network.frame_shape:
        raise InputError(
            f"the output of network {network.name!r} has shape {list(shape)}, but the frame to add has "
            f"{list(network.frame_shape)}: expected a network that returns frames, such as autoencoder"
        )
    layers = all_unbuilt(network.unit_layers)
    units = [replace(unit, layer=layer) for unit, layer in zip(network.wiring.units, layers, strict=True)]
    units.append(Unit(name, AddChange(dtype=last.layer.dtype_policy.name, name=name), [FRAME, last.name]))
    return network.with_units(units)
