"""Feedback: the first unit also reads the output of the previous tick."""

from dataclasses import replace

from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.layers.stack_feedback import StackFeedback
from mpvn.layers.unbuilt import all_unbuilt
from mpvn.model.network import VideoNetwork


@checked
def with_feedback(network: VideoNetwork, source: str | None = None) -> VideoNetwork:
    """Stacks the previous output onto the output of the first unit; the weights are new.

    Feature maps are resized (bilinearly) to the size of the first unit's output; vectors are repeated at every
    position. Zeros are read until the source is valid. Networks with feedback run tick by tick.

    Source: MPVN, section 3.2 and Fig. 4 (c): "stacking them with the output of the first conv. layer", read as the
    output of the first unit.

    Args:
        network: a network whose first unit returns a feature map `[height, width, channels]`.
        source: name of the unit whose output is fed back; by default the output unit.

    Returns:
        The sequential network.

    Raises:
        InputError: the first unit does not return a feature map, or the source is unknown or is the first unit.
    """
    first, source = network.wiring.units[0], source or network.schedule.output
    if source not in network.wiring.names or source == first.name:
        names = ", ".join(network.wiring.names[1:])
        raise InputError(f"unit {source!r} cannot be fed back to {first.name!r}: expected one of {names}")
    if network.value_spec(first.name).shape.rank != 4:
        raise InputError(f"feedback is stacked onto a feature map, but unit {first.name!r} does not return one")
    shape = tuple(network.value_spec(source).shape[1:])
    if len(shape) not in (1, 3):
        raise InputError(f"unit {source!r} returns {list(shape)}: expected a feature map or a vector for feedback")
    changed = []
    for unit, layer in zip(network.wiring.units, all_unbuilt(network.unit_layers), strict=True):
        feedback, output_shape = unit.feedback, unit.output_shape
        if unit.name == first.name:
            if feedback:
                raise InputError(f"unit {first.name!r} already has feedback")
            layer, feedback = StackFeedback(layer, dtype=layer.dtype_policy, name=layer.name), [source]
        if unit.name == source:
            output_shape = shape
        changed.append(replace(unit, layer=layer, feedback=feedback, output_shape=output_shape))
    return network.with_units(changed)
