"""The frame added to the output: a network that predicts what changes."""

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
    """The sequential network whose output is the current frame plus what `network` puts out, times a gain.

    With fresh registers and without clocks, the frame reaches the output in the tick in which it arrives, whatever the
    number of subnetworks: what does not move need not go through the network, and stays sharp. Weights are new; see
    `AddChange` for the gain.

    Source: our choice, for the future frames of Skip-Sideways.

    Args:
        network: its output has the shape of a frame.
        name: of the new unit, which adds; it joins the last subnetwork of the declared cuts.

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
    layers = all_unbuilt(network.unit_layers)
    units = [replace(unit, layer=layer) for unit, layer in zip(network.wiring.units, layers, strict=True)]
    units.append(Unit(name, AddChange(dtype=last.layer.dtype_policy.name, name=name), [FRAME, last.name]))
    return network.with_units(units)
