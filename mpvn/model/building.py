"""Builds layers from the shapes of their inputs, and determines their outputs."""

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

# A prime batch size that no other axis of a model has.
BATCH = 10007

# {layer: {(inputs, compute types): output}}. A network of the same units in another schedule needs the same outputs,
# and each of them costs a call of all Keras layers in the unit.
_SEEN: WeakKeyDictionary[keras.layers.Layer, dict[tuple, tf.TensorSpec]] = WeakKeyDictionary()


def build(
    wiring: Wiring, frame_shape: Sequence[int], dtype: str, device_of: Mapping[str, str]
) -> dict[str, tf.TensorSpec]:
    """Builds the layer of every unit.

    Args:
        wiring: the wiring; its units' layers may already be built.
        frame_shape: shape of one frame.
        dtype: type of frames.
        device_of: {unit name: device} of the weights; by default TensorFlow chooses.

    Returns:
        {unit name: shape [None, ...] and type of its output}, also for the frame.

    Raises:
        InputError: a layer does not accept its unit's inputs, or the shape of feedback is not declared correctly.
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
                    f"unit {unit.name!r} has feedback from {edge.source!r}, whose shape is unknown: declare "
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
    """The output of a unit's layer, which this call builds if necessary."""
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
    """Raises InputError if a layer, or one in it, is stateful: frames do not come in order."""
    for part in layers_inside(layer):
        if getattr(part, "stateful", False) or isinstance(part, PipelineRegister):
            raise InputError(
                f"layer {part.name!r} ({type(part).__name__}) of {where} keeps a state from call to call: set "
                f"stateful=False, and use mpvn.with_feedback to pass values from frame to frame"
            )


def _check_output(name: str, output: Any) -> None:
    """Raises InputError unless a layer's output can be held by a register: one floating-point tensor."""
    if not isinstance(output, keras.KerasTensor):
        gives = "nothing" if output is None else f"a {type(output).__name__}"
        if isinstance(output, (tuple, list, dict)):
            gives += f" of {len(output)}"
        raise InputError(
            f"the layer of unit {name!r} returns {gives}: expected one tensor [batch, ...], which a register "
            f"can hold; pick one value, or join them with keras.layers.Concatenate"
        )
    if output.sparse or getattr(output, "ragged", False):
        kind = "sparse" if output.sparse else "ragged"
        raise InputError(f"the layer of unit {name!r} returns a {kind} tensor: expected a dense one")
    if has_mask(output):
        raise InputError(
            f"the layer of unit {name!r} returns a Keras mask, which registers do not hold: mask by multiplication, "
            f"or use the mask within the same unit"
        )
    dtype = keras.backend.standardize_dtype(output.dtype)
    if "float" not in dtype:
        raise InputError(f"the layer of unit {name!r} returns {dtype} values: expected floating point; cast them")
    shape = tuple(output.shape)
    if not shape or shape[0] is not None:
        raise InputError(_other_batch(name, shape, "any size"))
    if None in shape[1:]:
        raise InputError(
            f"the layer of unit {name!r} returns a variable shape, {list(shape[1:])}: expected fixed sizes"
        )


def _check_batch(name: str, layer: keras.layers.Layer, reads: Sequence[tf.TensorSpec]) -> None:
    """Raises InputError if a layer changes the batch size, which unknown sizes do not reveal."""
    inputs = [keras.KerasTensor((BATCH, *spec.shape[1:]), spec.dtype.name) for spec in reads]
    with any_layer_names():
        output = layer.compute_output_spec(inputs[0] if len(inputs) == 1 else inputs)
    if getattr(output, "ragged", False):
        raise InputError(f"the layer of unit {name!r} returns a ragged tensor: expected a dense one")
    if output.shape[0] not in (BATCH, None):
        raise InputError(_other_batch(name, output.shape, f"{BATCH} examples"))


def _other_batch(name: str, shape: Sequence[int | None], size: str) -> str:
    return (
        f"the layer of unit {name!r} gives {list(shape)} for a batch of {size}: expected the batch as first axis, and "
        f"independent examples"
    )
