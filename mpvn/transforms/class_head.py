"""Replaces the head of a classifier for other classes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras

from mpvn.errors import InputError
from mpvn.layers.chain import Chain
from mpvn.layers.converted_unit import ConvertedUnit, Slot, Step
from mpvn.model.network import VideoNetwork
from mpvn.schedule.wiring import Unit

HEADS = ("auto", "new", "keep")
# By class name: Keras has layers and operations of the same name.
_PROBABILITIES = ("Softmax", "Sigmoid")
_POOLS = ("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D")
_MOVES = ("Dropout", "Flatten", "Identity", "Reshape", "SpatialDropout2D", "Squeeze", *_POOLS)
_POOLINGS = {2: keras.layers.GlobalAveragePooling1D, 3: keras.layers.GlobalAveragePooling2D}
_POOLINGS[4] = keras.layers.GlobalAveragePooling3D


def with_class_head(network: VideoNetwork, num_classes: int, head: str = "auto") -> tuple[VideoNetwork, str]:
    """The sequential network with an output for each class, as logits.

    The last layer with weights is the classifier if it is a dense layer or a convolution that returns one number per
    class, without activation or with a softmax or sigmoid in it or after it. For a different number of classes it is
    replaced by a layer with new weights. A network that ends in anything else returns features: it gets an additional
    unit, `head`, with global average pooling (for feature maps) and a dense layer. A softmax or sigmoid is removed,
    because losses take logits.

    Args:
        network: the network whose layers are used, except for the classifier.
        num_classes: number of outputs of the new network.
        head: `"auto"` makes a new classifier if the number of classes differs, `"new"` always, `"keep"` never.

    Returns:
        The network, and a description of the change to its head.

    Raises:
        InputError: the head is to be kept and does not fit, or the features are not maps.
    """
    if head not in HEADS:
        raise InputError(f"head={head!r} is unknown: expected one of {', '.join(HEADS)}")
    unit = network.wiring.units[-1]
    gives = network.value_spec(unit.name).shape[1:]
    tail = _tail(unit.layer)
    found = _classifier(tail, gives[-1] if len(gives) == 1 else None)
    if head == "keep" and (found is None or gives[-1] != num_classes):
        what = "features" if found is None else f"{gives[-1]} classes"
        raise InputError(f"head='keep', but network {network.name!r} has {what}, not {num_classes}: set head='auto'")
    if found is None:
        return _extended(network, unit, gives, num_classes)
    new = head == "new" or gives[-1] != num_classes
    changed = _in_logits(tail[: found.position])
    if new:
        changed[id(found.layer)] = found.anew(num_classes)
        changed |= _reshapes(tail[: found.position], gives[-1], num_classes)
        done = f"layer {found.layer.name!r} was replaced for {num_classes} classes; it had {gives[-1]}"
    else:
        done = f"layer {found.layer.name!r} is kept, with its {num_classes} classes"
        if _makes_probabilities(found.layer):
            found.layer.activation = keras.activations.linear
    taken_off = "; its softmax or sigmoid was removed" if found.probabilities else ""
    layer = _with_layers(unit.layer, changed, num_classes) if changed else unit.layer
    return network.with_units([*network.wiring.units[:-1], replace(unit, layer=layer)]), done + taken_off


@dataclass(frozen=True)
class _Classifier:
    """A layer with one output per class.

    Attributes:
        layer: the layer.
        size: the setting for the number of outputs: `"units"` or `"filters"`.
        position: its position in the tail.
        probabilities: whether the outputs are converted to probabilities, in it or after it.
    """

    layer: Any
    size: str
    position: int
    probabilities: bool

    def anew(self, num_classes: int) -> keras.layers.Layer:
        config = self.layer.get_config() | {self.size: num_classes, "activation": "linear"}
        return type(self.layer).from_config(config)


def _tail(layer: keras.layers.Layer) -> list[Any]:
    """The layers and operations at the end of a unit, the last one first, as far as each reads only the one before."""
    if isinstance(layer, ConvertedUnit):
        return _tail_of_steps(layer)
    if type(layer) is Chain or isinstance(layer, keras.Sequential):
        return list(reversed(layer.layers))
    return [layer]


def _tail_of_steps(unit: ConvertedUnit) -> list[Any]:
    number, first, tail = unit.result, len(unit.input_values), []
    if number != first + len(unit.steps) - 1:  # a step has several outputs, or the last one is not what is given
        return []
    while number >= first:
        step = unit.steps[number - first]
        tail.append(step.operation)
        reads = [item for item in keras.tree.flatten((step.args, step.kwargs)) if isinstance(item, Slot)]
        if len(reads) != 1:
            break
        number = reads[0].number
    return tail


def _classifier(tail: Sequence[Any], num_outputs: int | None) -> _Classifier | None:
    """The layer that gives the classes; None if the tail gives features."""
    probabilities = False
    for position, operation in enumerate(tail):
        size = next((name for name in ("units", "filters") if hasattr(operation, name)), None)
        if size is not None:
            within = _makes_probabilities(operation)
            linear = getattr(operation, "activation", None) in (None, keras.activations.linear)
            fits = getattr(operation, size) == num_outputs and (linear or within or probabilities)
            return _Classifier(operation, size, position, probabilities or within) if fits else None
        if _makes_probabilities(operation):
            probabilities = True
        elif getattr(operation, "weights", ()) or not (probabilities or _only_moves(operation)):
            return None
    return None


def _makes_probabilities(operation: Any) -> bool:
    activation = getattr(operation, "activation", None)
    return type(operation).__name__ in _PROBABILITIES or activation in (
        keras.activations.softmax,
        keras.activations.sigmoid,
    )


def _only_moves(operation: Any) -> bool:
    linear = getattr(operation, "activation", None) is keras.activations.linear
    return type(operation).__name__ in _MOVES or linear


def _in_logits(after: Sequence[Any]) -> dict[int, keras.layers.Layer]:
    """What takes the place of operations after the classifier that make probabilities, by their id."""
    made = [operation for operation in after if _makes_probabilities(operation)]
    return {id(operation): keras.layers.Activation("linear", name=operation.name) for operation in made}


def _reshapes(after: Sequence[Any], before: int, num_classes: int) -> dict[int, keras.layers.Layer]:
    """The same of reshapes that name the number of classes."""
    changed: dict[int, keras.layers.Layer] = {}
    for operation in after:
        if isinstance(operation, keras.layers.Reshape):
            shape = [num_classes if size == before else size for size in operation.target_shape]
            changed[id(operation)] = keras.layers.Reshape(shape, name=operation.name)
    return changed


def _with_layers(layer: keras.layers.Layer, changed: dict[int, Any], num_classes: int) -> keras.layers.Layer:
    """The layer of a unit with others in the place of some within."""
    if isinstance(layer, ConvertedUnit):
        steps = [
            Step(changed.get(id(step.operation), step.operation), step.args, step.kwargs, step.shared)
            for step in layer.steps
        ]
        *shape, _ = layer.output_value[0]
        output = ((*shape, num_classes), layer.output_value[1])
        return ConvertedUnit(steps, layer.result, layer.input_values, output, name=layer.name)
    if type(layer) is Chain or isinstance(layer, keras.Sequential):
        layers = [changed.get(id(part), part) for part in layer.layers]
        return Chain(layers, name=layer.name, dtype=layer.dtype_policy)
    return changed[id(layer)]


def _extended(network: VideoNetwork, unit: Unit, gives: Sequence[int], num_classes: int) -> tuple[VideoNetwork, str]:
    """The network with a unit that makes classes of features."""
    pooling = _POOLINGS.get(len(gives))
    if pooling is None and len(gives) != 1:
        raise InputError(
            f"network {network.name!r} gives values of shape {list(gives)}: expected classes, or features that a head "
            f"can be put on"
        )
    policy = network.dtype_policy
    layers = [pooling(dtype=policy)] if pooling else []
    layers.append(keras.layers.Dense(num_classes, dtype=policy, name="classes"))
    name = "head"
    while name in network.wiring.names:
        name += "_new"
    head = Unit(name, Chain(layers, dtype=policy, name=name), [unit.name])
    return network.with_units([*network.wiring.units, head]), f"it gives features: unit {name!r} makes classes of them"
