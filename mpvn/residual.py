"""The frame added to the output: a network that predicts what changes."""

from dataclasses import replace

import keras

from mpvn.errors import InputError
from mpvn.fresh import fresh
from mpvn.rewiring import like
from mpvn.wiring import FRAME, Unit


def with_frame_added(network, name: str = "frame_added"):
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
    units = [replace(unit, layer=fresh(unit.layer)) for unit in network.wiring.units]
    units.append(Unit(name, AddChange(dtype=last.layer.dtype_policy.name, name=name), [FRAME, last.name]))
    return like(network, units)


@keras.saving.register_keras_serializable("mpvn")
class AddChange(keras.layers.Layer):
    """`x + gain * change`, with a gain per channel that is learned and starts at 0: at first, `x` is put out.

    Without it, the noise that a new network puts out must be unlearned first, at which ReLUs die.

    Source: Bachlechner et al. (ReZero, arXiv 2003.04887); a gain for each channel is our choice.

    Input shape: a list of two, `[batch, ..., channels]`: `x` and the change.
    Output shape: `[batch, ..., channels]`.
    """

    def build(self, input_shape):
        self.gain = self.add_weight(shape=(input_shape[0][-1],), initializer="zeros", name="gain")

    def call(self, inputs):
        x, change = inputs
        return x + self.gain * change

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])
