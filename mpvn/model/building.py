"""Layers built on the shapes of what they read, and what they put into their registers."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.schedule.wiring import FRAME, Wiring


def build(
    wiring: Wiring, frame_shape: Sequence[int], dtype: str, device_of: Mapping[str, str]
) -> dict[str, tf.TensorSpec]:
    """Builds the layer of every unit.

    Args:
        wiring: its units' layers may be built already.
        frame_shape: shape of one frame.
        dtype: of frames.
        device_of: {unit name: device} of the weights; where nothing is said, TensorFlow chooses.

    Returns:
        {unit name: shape [None, ...] and type of its output}, of the frame, too.

    Raises:
        InputError: a layer does not take what its unit reads, or the shape of feedback is not declared, or wrongly.
    """
    specs = {FRAME: tf.TensorSpec([None, *frame_shape], dtype)}
    declared = {
        unit.name: tf.TensorSpec([None, *unit.output_shape], dtype)
        for unit in wiring.units
        if unit.output_shape is not None
    }
    for unit in wiring.units:
        for edge in unit.edges:
            if edge.source not in specs and edge.source not in declared:
                raise InputError(
                    f"unit {unit.name!r} has feedback from {edge.source!r}, whose shape is not known yet: declare "
                    f"it, Unit({edge.source!r}, ..., output_shape=(...))"
                )
        reads = [specs.get(edge.source) or declared[edge.source] for edge in unit.edges]
        inputs = [keras.Input(batch_shape=tuple(spec.shape), dtype=spec.dtype.name) for spec in reads]
        try:
            with tf.device(device_of.get(unit.name)):
                output = unit.layer(inputs[0] if len(inputs) == 1 else inputs)
        except (ValueError, TypeError) as error:
            shapes = ", ".join(
                f"{edge.source} {list(spec.shape[1:])}" for edge, spec in zip(unit.edges, reads, strict=True)
            )
            reason = str(error).strip().splitlines()
            raise InputError(f"the layer of unit {unit.name!r} cannot take {shapes}: {' '.join(reason)}") from error
        specs[unit.name] = tf.TensorSpec(output.shape, output.dtype)
        if unit.name in declared and not declared[unit.name].shape.is_compatible_with(output.shape):
            raise InputError(
                f"unit {unit.name!r} declares output_shape={tuple(declared[unit.name].shape[1:])}, but its layer gives "
                f"{output.shape[1:]}: correct the declaration"
            )
    return specs
