"""Layers built on the shapes of what they read, and what they put into their registers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import keras
import tensorflow as tf

from mpvn.engines.registers import PipelineRegister
from mpvn.errors import InputError
from mpvn.layers.keras_insides import any_layer_names, has_mask, layers_inside
from mpvn.schedule.wiring import FRAME, Unit, Wiring

# A batch whose length is that of nothing else: no model has an axis of this prime length of its own.
BATCH = 10007

# {layer: {what it reads, in which types it computes: what it gives}}. A network of the same units in another schedule
# asks again, and each answer costs a trip through all layers of Keras in the unit.
_SEEN: WeakKeyDictionary[keras.layers.Layer, dict[tuple, tf.TensorSpec]] = WeakKeyDictionary()


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
        check_stateless(unit.layer, f"unit {unit.name!r}")
        for edge in unit.edges:
            if edge.source not in specs and edge.source not in declared:
                raise InputError(
                    f"unit {unit.name!r} has feedback from {edge.source!r}, whose shape is not known yet: declare "
                    f"it, Unit({edge.source!r}, ..., output_shape=(...))"
                )
        reads = tuple(specs.get(edge.source) or declared[edge.source] for edge in unit.edges)
        seen = _SEEN.setdefault(unit.layer, {})
        question = (reads, tuple(layer.dtype_policy.name for layer in layers_inside(unit.layer)))
        if question not in seen:
            seen[question] = _output(unit, reads, device_of.get(unit.name))
        specs[unit.name] = output = seen[question]
        if unit.name in declared and not declared[unit.name].shape.is_compatible_with(output.shape):
            raise InputError(
                f"unit {unit.name!r} declares output_shape={tuple(declared[unit.name].shape[1:])}, but its layer gives "
                f"{output.shape[1:]}: correct the declaration"
            )
    return specs


def _reason(error: Exception) -> str:
    """What Keras says, without colours for terminals and without the arguments, which follow."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    return " ".join(plain.split("Arguments received by")[0].split())


def _output(unit: Unit, reads: Sequence[tf.TensorSpec], device: str | None) -> tf.TensorSpec:
    """What the layer of a unit, built by this call if it was not, makes of what the unit reads."""
    inputs = [keras.Input(batch_shape=tuple(spec.shape), dtype=spec.dtype.name) for spec in reads]
    try:
        with tf.device(device), any_layer_names():
            output = unit.layer(inputs[0] if len(inputs) == 1 else inputs)
    except (ValueError, TypeError) as error:
        shapes = ", ".join(
            f"{edge.source} {list(spec.shape[1:])}" for edge, spec in zip(unit.edges, reads, strict=True)
        )
        raise InputError(f"the layer of unit {unit.name!r} cannot take {shapes}: {_reason(error)}") from error
    _check_output(unit.name, output)
    _check_batch(unit.name, unit.layer, reads)
    return tf.TensorSpec(output.shape, output.dtype)


def check_stateless(layer: keras.layers.Layer, where: str) -> None:
    """Raises InputError if a layer, or one in it, keeps values of one call for the next: frames do not come in turn."""
    for part in layers_inside(layer):
        if getattr(part, "stateful", False) or isinstance(part, PipelineRegister):
            raise InputError(
                f"layer {part.name!r} ({type(part).__name__}) of {where} keeps a state from call to call: set "
                f"stateful=False, and let mpvn.with_feedback carry what goes from frame to frame"
            )


def _check_output(name: str, output: Any) -> None:
    """Raises InputError unless what a layer gives is a value that a register can hold: one floating-point tensor."""
    if not isinstance(output, keras.KerasTensor):
        gives = "nothing" if output is None else f"a {type(output).__name__}"
        if isinstance(output, (tuple, list, dict)):
            gives += f" of {len(output)}"
        raise InputError(
            f"the layer of unit {name!r} gives {gives}: expected one tensor [batch, ...], which is what a register "
            f"holds; pick one value, or join them by keras.layers.Concatenate"
        )
    if output.sparse or getattr(output, "ragged", False):
        kind = "sparse" if output.sparse else "ragged"
        raise InputError(f"the layer of unit {name!r} gives a {kind} tensor: expected a dense one")
    if has_mask(output):
        raise InputError(
            f"the layer of unit {name!r} gives a Keras mask, which a register does not hold: mask by multiplication, "
            f"or put what uses the mask into the same unit"
        )
    dtype = keras.backend.standardize_dtype(output.dtype)
    if "float" not in dtype:
        raise InputError(f"the layer of unit {name!r} gives {dtype} values: expected floating point; cast them")
    shape = tuple(output.shape)
    if not shape or shape[0] is not None:
        raise InputError(_other_batch(name, shape, "any size"))
    if None in shape[1:]:
        raise InputError(
            f"the layer of unit {name!r} gives a shape that is not fixed, {list(shape[1:])}: expected fixed sizes"
        )


def _check_batch(name: str, layer: keras.layers.Layer, reads: Sequence[tf.TensorSpec]) -> None:
    """Raises InputError if a layer gives another batch than it gets, which "of any size" does not show."""
    inputs = [keras.KerasTensor((BATCH, *spec.shape[1:]), spec.dtype.name) for spec in reads]
    with any_layer_names():
        output = layer.compute_output_spec(inputs[0] if len(inputs) == 1 else inputs)
    if getattr(output, "ragged", False):
        raise InputError(f"the layer of unit {name!r} gives a ragged tensor: expected a dense one")
    if output.shape[0] not in (BATCH, None):
        raise InputError(_other_batch(name, output.shape, f"{BATCH} examples"))


def _other_batch(name: str, shape: Sequence[int | None], size: str) -> str:
    return (
        f"the layer of unit {name!r} gives {list(shape)} for a batch of {size}: expected the batch as first axis, and "
        f"every example by itself"
    )
