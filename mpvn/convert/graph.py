"""A Keras model as a flat list of calls of operations on values."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.layers.converted_unit import call_operation
from mpvn.layers.keras_insides import any_layer_names, call_behind, has_mask, layers_inside
from mpvn.model.building import BATCH

# Light, whatever the rank of their weights: they scale and shift.
SCALINGS = (
    keras.layers.BatchNormalization,
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
    keras.layers.Normalization,
    keras.layers.PReLU,
)
# Operations that only move values; computing them twice is cheap.
MOVES = (
    *("Cropping1D", "Cropping2D", "Cropping3D", "Flatten", "Permute", "RepeatVector", "Reshape"),
    *("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"),
    *(
        "ExpandDims",
        "Flip",
        "GetItem",
        "Moveaxis",
        "Pad",
        "Ravel",
        "Slice",
        "Split",
        "Squeeze",
        "Swapaxes",
        "Transpose",
    ),
)
# Arguments that Keras records as None if they are not given.
DEFAULTS = ("mask", "training")
# Operations of keras.ops that choose their code at run time, by functions with hidden inputs.
BRANCHES = ("AssociativeScan", "Cond", "ForiLoop", "Scan", "Switch", "WhileLoop")


@dataclass(eq=False)
class Value:
    """A value that a call returns, or the frame.

    Attributes:
        call: the call that returns it; None for the frame.
        shape: of one example, without the batch.
        dtype: name of its type.
    """

    call: "Call | None"
    shape: tuple
    dtype: str

    @property
    def floating(self) -> bool:
        return "float" in self.dtype


@dataclass(eq=False)
class Call:
    """One call of a layer or operation.

    Attributes:
        operation: a Keras layer, or an operation of `keras.ops`.
        args: arguments, in which `Value`s stand for tensors.
        kwargs: the same for keyword arguments.
        outputs: the values that it returns, flat.
        heavy: whether it has a kernel: convolutions, dense layers, and other products with matrices.
        once: whether it must be computed in one place: it has weights, is random, or is unknown.
        concatenates: whether it only concatenates values.
        moves: whether it only moves parts of one value.
    """

    operation: Any
    args: tuple
    kwargs: dict
    outputs: list[Value] = field(default_factory=list)
    heavy: bool = field(init=False)
    once: bool = field(init=False)
    concatenates: bool = field(init=False)
    moves: bool = field(init=False)

    def __post_init__(self) -> None:
        layer = self.operation if isinstance(self.operation, keras.layers.Layer) else None
        weights = layer.weights if layer and not isinstance(layer, SCALINGS) else ()
        self.heavy = any(len(weight.shape) > 1 for weight in weights)
        self.once = layer is not None and not _plain(layer)
        self.concatenates = self.kind in ("Concatenate", "Stack")
        self.moves = self.kind in MOVES and not self.once

    @property
    def name(self) -> str:
        return self.operation.name

    @property
    def kind(self) -> str:
        return type(self.operation).__name__

    @property
    def inputs(self) -> list[Value]:
        """The values that it reads, without duplicates, in the order of its arguments."""
        flat = keras.tree.flatten((self.args, self.kwargs))
        return list({id(item): item for item in flat if isinstance(item, Value)}.values())

    @property
    def reshapes(self) -> bool:
        """Whether it changes the shape of one value, like pooling and padding."""
        inputs = self.inputs
        return len(inputs) == 1 and any(value.shape != inputs[0].shape for value in self.outputs)

    def replace(self, function: Callable[[Value], Any]) -> None:
        """Replaces every value in the arguments by `function(value)`."""
        self.args, self.kwargs = keras.tree.map_structure(
            lambda item: function(item) if isinstance(item, Value) else item, (self.args, self.kwargs)
        )


@dataclass
class Graph:
    """The calls from the frame to the output, each after the calls that it depends on."""

    frame: Value
    calls: list[Call]
    output: Value


def read(model: keras.Model, dtype: str) -> Graph:
    """Reads the calls of a functional model with one input and one output; nested models are opened.

    Nested concatenations are merged.

    Args:
        model: a functional or built sequential Keras model.
        dtype: type of the input frames; they are cast to the type of the model's input, as in Keras.

    Raises:
        InputError: a layer cannot be separated from the rest; the message names it.
    """
    source = model.inputs[0]
    frame = Value(None, tuple(source.shape[1:]), dtype)
    calls: list[Call] = []
    (output,) = _open(model, [frame], None, calls)
    graph = Graph(frame, _leading_to(output, calls), output)
    for call in graph.calls:
        _check(call)
    _trace(graph)
    _join_concatenations(graph)
    return graph


def is_graph(model: object) -> bool:
    """Whether a model is only its graph: a functional or sequential one without its own `call`."""
    own = getattr(type(model), "call", None)
    return isinstance(model, keras.Model) and getattr(own, "__qualname__", "") in ("Functional.call", "Sequential.call")


def _open(model: keras.Model, values: list[Value], training: bool | None, calls: list[Call]) -> list[Value]:
    """Appends the calls of a model that is called on `values`; returns its outputs."""
    known = {}
    for tensor, value in zip(model.inputs, values, strict=True):
        known[id(tensor)] = _cast(value, keras.backend.standardize_dtype(tensor.dtype), calls)

    def value_of(item: object) -> object:
        return known[id(item)] if isinstance(item, keras.KerasTensor) else item

    for node in _nodes(model):
        args, kwargs = keras.tree.map_structure(value_of, (node.arguments.args, node.arguments.kwargs))
        if _can_be_opened(node.operation, args, kwargs):
            fixed = kwargs.get("training")
            inner = keras.tree.flatten(args)
            outputs = _open(node.operation, inner, training if fixed is None else fixed, calls)
        else:
            kwargs = {name: value for name, value in kwargs.items() if name not in DEFAULTS or value is not None}
            if training is not None and "training" in inspect.signature(node.operation.call).parameters:
                kwargs = {"training": training} | kwargs
            call = Call(node.operation, args, kwargs)
            call.outputs = [
                Value(call, tuple(tensor.shape[1:]), keras.backend.standardize_dtype(tensor.dtype))
                for tensor in node.outputs
            ]
            calls.append(call)
            outputs = call.outputs
        for tensor, value in zip(node.outputs, outputs, strict=True):
            if has_mask(tensor):
                raise InputError(
                    f"layer {node.operation.name!r} ({type(node.operation).__name__}) makes a Keras mask, which is "
                    f"lost between units: mask by multiplication"
                )
            known[id(tensor)] = value
    return [known[id(tensor)] for tensor in model.outputs]


def _can_be_opened(operation: Any, args: tuple, kwargs: dict[str, Any]) -> bool:
    """Whether a call is that of a model with exactly its own inputs."""
    if not is_graph(operation) or len(args) != 1 or not set(kwargs) <= {"training", "mask"}:
        return False
    values, tensors = keras.tree.flatten(args), operation.inputs
    return len(values) == len(tensors) and all(
        isinstance(value, Value) and len(value.shape) + 1 == len(tensor.shape)
        for value, tensor in zip(values, tensors, strict=True)
    )


def _nodes(model: keras.Model) -> Iterator:
    """Keras's records of calls, each after its dependencies; a branch is finished before the next."""
    done = {id(call_behind(tensor)) for tensor in model.inputs}
    stack = [(call_behind(tensor), False) for tensor in reversed(model.outputs)]
    while stack:
        node, ready = stack.pop()
        if id(node) in done:
            continue
        if ready:
            done.add(id(node))
            yield node
            continue
        stack.append((node, True))
        stack.extend((call_behind(tensor), False) for tensor in reversed(node.input_tensors))


def _cast(value: Value, dtype: str, calls: list[Call]) -> Value:
    if value.dtype == dtype:
        return value
    cast = keras.ops.cast(keras.KerasTensor((None, *value.shape), value.dtype), dtype)
    call = Call(call_behind(cast).operation, (value,), {})
    call.outputs = [Value(call, value.shape, dtype)]
    calls.append(call)
    return call.outputs[0]


def _leading_to(output: Value, calls: list[Call]) -> list[Call]:
    needed, kept = {output}, []
    for call in reversed(calls):
        if needed.intersection(call.outputs):
            needed.update(call.inputs)
            kept.append(call)
    return kept[::-1]


def _check(call: Call) -> None:
    what = f"layer {call.name!r} ({call.kind})"
    if not isinstance(call.operation, keras.layers.Layer):
        if call.kind in BRANCHES:
            raise InputError(
                f"operation {call.name!r} ({call.kind}) decides at run time what to execute, for all examples "
                f"together: use keras.ops.where"
            )
        return
    for layer in layers_inside(call.operation):
        if getattr(layer, "data_format", None) == "channels_first":
            raise InputError(f"{what} has data_format='channels_first': expected frames [height, width, channels]")


def _trace(graph: Graph) -> None:
    """Determines the shape and type of every value, once, and checks that every value has a batch axis."""

    def function(frame: tf.Tensor) -> tf.Tensor:
        tensors = {graph.frame: frame}

        def tensor_of(item: object) -> object:
            return tensors[item] if isinstance(item, Value) else item

        for call in graph.calls:
            try:
                outputs = call_operation(call.operation, call.args, call.kwargs, tensor_of)
            except Exception as error:
                reason = " ".join(str(error).split())
                raise InputError(f"layer {call.name!r} ({call.kind}) cannot be traced by itself: {reason}") from None
            for value, tensor in zip(call.outputs, outputs, strict=True):
                tensors[value] = tensor
                batch, *shape = tensor.shape if tensor.shape.rank else [0]
                if batch not in (BATCH, None):
                    raise InputError(
                        f"layer {call.name!r} ({call.kind}) gives {[batch, *shape]} for a batch of {BATCH} examples: "
                        f"expected the batch as first axis, and independent examples"
                    )
                if None in shape:
                    raise InputError(
                        f"layer {call.name!r} ({call.kind}) gives a shape that depends on the frame, {shape}: expected "
                        f"fixed shapes"
                    )
                value.shape, value.dtype = tuple(shape), tensor.dtype.name
        return tensors[graph.output]

    with any_layer_names():
        tf.function(function, autograph=False).get_concrete_function(
            tf.TensorSpec([BATCH, *graph.frame.shape], graph.frame.dtype)
        )


def _join_concatenations(graph: Graph) -> None:
    def axis(call: Call) -> int | None:
        """The axis, counted with the batch; None if parts cannot be separated."""
        if call.kind != "Concatenate" or len(call.args) != 1 or call.kwargs:
            return None
        dtype = call.outputs[0].dtype
        if not all(isinstance(part, Value) and part.dtype == dtype for part in call.args[0]):
            return None
        return call.operation.axis % (len(call.outputs[0].shape) + 1)

    for call in graph.calls:
        if axis(call) is not None:
            parts: list[Value] = []
            for part in call.args[0]:
                same = part.call and axis(part.call) == axis(call)
                parts += part.call.args[0] if same else [part]
            call.args = (parts,)
    graph.calls = _leading_to(graph.output, graph.calls)


def _plain(layer: keras.layers.Layer) -> bool:
    """Whether a layer is a Keras layer without weights, randomness or losses: it may be computed twice."""
    own = getattr(keras.layers, type(layer).__name__, None) is type(layer)
    losses = isinstance(layer, keras.layers.ActivityRegularization) or layer.activity_regularizer is not None
    inner = layers_inside(layer, itself=False)
    return own and not (layer.variables or losses or inner or isinstance(layer, keras.layers.Lambda))
