"""Feedback: the first unit also reads what the output was one tick before."""

from dataclasses import replace

from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.layers.stack_feedback import StackFeedback
from mpvn.layers.unbuilt import all_unbuilt
from mpvn.model.network import VideoNetwork


@checked
def with_feedback(network: VideoNetwork, source: str | None = None) -> VideoNetwork:
    """The sequential network whose first unit also gets the previous output, stacked onto its own; with new weights.

    Maps are brought to the size of the first unit's output (bilinearly); what has no height and width is repeated at
    every position. Until the source is valid, zeros are read. Such a network runs tick by tick.

    Source: MPVN, section 3.2 and Fig. 4 (c): "stacking them with the output of the first conv. layer", read as that of
    the first unit.

    Args:
        network: whose first unit gives a map `[height, width, channels]`.
        source: name of the unit that is fed back; by default the output.

    Raises:
        InputError: the first unit gives no map, or the source is unknown or is the first unit.
    """
    first, source = network.wiring.units[0], source or network.schedule.output
    if source not in network.wiring.names or source == first.name:
        names = ", ".join(network.wiring.names[1:])
        raise InputError(f"unit {source!r} cannot be fed back to {first.name!r}: expected one of {names}")
    if network.value_spec(first.name).shape.rank != 4:
        raise InputError(f"feedback needs a map to be stacked onto, and unit {first.name!r} gives none")
    shape = tuple(network.value_spec(source).shape[1:])
    if len(shape) not in (1, 3):
        raise InputError(f"unit {source!r} gives {list(shape)}: expected a map or a vector to be fed back")
    changed = []
    for unit, layer in zip(network.wiring.units, all_unbuilt(network.unit_layers), strict=True):
        feedback, output_shape = unit.feedback, unit.output_shape
        if unit.name == first.name:
            if feedback:
                raise InputError(f"unit {first.name!r} has feedback already")
            layer, feedback = StackFeedback(layer, dtype=layer.dtype_policy, name=layer.name), [source]
        if unit.name == source:
            output_shape = shape
        changed.append(replace(unit, layer=layer, feedback=feedback, output_shape=output_shape))
    return network.with_units(changed)
