"""Converts a Keras image model into a video network."""

import re
from dataclasses import replace
from typing import Any

import keras

from mpvn.convert.graph import Call, Graph, Value, is_graph, read
from mpvn.convert.grouping import Group, group
from mpvn.convert.preprocessing import found, told
from mpvn.errors import InputError
from mpvn.layers.converted_unit import ConvertedUnit, Slot, Step
from mpvn.model.building import check_stateless
from mpvn.model.network import VideoNetwork
from mpvn.names import distinct
from mpvn.schedule.wiring import FRAME, Unit


def from_keras(
    model: keras.Model, name: str | None = None, *, preprocessing: Any = None, white: float | None = None
) -> VideoNetwork:
    """Converts a functional image model with one input and one output into a video network.

    Every layer with a kernel becomes a unit, together with the light layers around it; see `mpvn.convert.grouping`.
    Skip connections become edges of the wiring. Each reader of a concatenation concatenates by itself, so that dense
    connections stay fresh; a sum is computed once, with the last of its terms. Nested models are opened, nested
    concatenations are merged, and several units share a layer that is called in several places.

    The network uses the layers of the model: both have the same weights, and training or freezing one trains or freezes
    the other. The model itself is not changed. Batch normalisation is trained with the statistics of each tick's batch.
    Frames are in the range that the model takes, which `network.preprocessing` describes, also in saved files.

    Args:
        model: a functional Keras model, or a `Sequential` one that has been built.
        name: name of the network; by default the model's.
        preprocessing: preprocessing of pixels in [0, 255] that the network adds before the model. `"tf"`, `"caffe"` or
            `"torch"`: as in `keras.applications.*.preprocess_input`; a Keras layer, such as an adapted `Normalization`,
            or a function of a Keras tensor: this layer or function; `"none"`: no preprocessing, the model takes these
            pixels; a `mpvn.Preprocessing`: no preprocessing, and it describes the frames. By default, the range is
            inferred from the model's first layers: a uint8 input, a `Rescaling`, an adapted `Normalization`, or a
            number by which pixels are divided.
        white: value of a full white pixel in the input frames, if `preprocessing` does not determine it: 1.0 for a
            model over frames in [0, 1].

    Input shape: `[batch, time, *model.input_shape[1:]]`, floating point, or uint8 if white is 255.
    Output shape: `[batch, time, *model.output_shape[1:]]`.

    Raises:
        InputError: the model has several inputs or outputs, is not functional, or has a layer that cannot be separated
            from the rest; the message names the layer.

    Ours: the papers build their networks by hand.
    """
    _check(model)
    model, description = told(model, preprocessing)
    dtype = _dtype(model)
    graph = read(model, keras.DTypePolicy(dtype).compute_dtype)
    if not graph.calls:
        raise InputError(f"model {model.name!r} returns its input: expected at least one layer")
    if not graph.output.floating:
        raise InputError(f"model {model.name!r} returns {graph.output.dtype} values: expected floating point")
    description = description or found(model, graph)
    if white is not None:
        description = replace(description, white=white, name="told" if description.white is None else description.name)
    groups = group(graph.calls, graph.output)
    names, shared = _names(groups), _shared(groups)
    of_layers = distinct(names.values(), lambda c: c != "/")  # which Keras does not allow
    units = [
        Unit(name, _converted_unit(g, of_layers[name], shared), _inputs(g, names, graph))
        for g, name in ((g, names[g.output]) for g in groups)
    ]
    return VideoNetwork(units, graph.frame.shape, name=name or model.name, dtype=dtype, preprocessing=description)


def _check(model: keras.Model) -> None:
    kind = type(model).__name__
    if not isinstance(model, keras.Model):
        raise InputError(f"from_keras was given {model!r}: expected a functional keras.Model")
    if not is_graph(model):
        raise InputError(
            f"model {model.name!r} ({kind}) is subclassed, so its layers cannot be separated: build it as "
            f"keras.Model(inputs, outputs), or pass units to mpvn.VideoNetwork"
        )
    if isinstance(model, keras.Sequential) and not model.built:
        raise InputError(
            f"model {model.name!r} (Sequential) has not been built, so its shapes are unknown: begin it with "
            f"keras.Input(shape)"
        )
    for what, tensors in (("inputs", model.inputs), ("outputs", model.outputs)):
        if len(tensors) != 1:
            names = ", ".join(repr(tensor.name) for tensor in tensors)
            raise InputError(f"model {model.name!r} has {len(tensors)} {what}, {names}: expected one")
    check_stateless(model, f"model {model.name!r}")
    batch, *shape = model.inputs[0].shape
    if batch is not None:
        raise InputError(f"model {model.name!r} has a fixed batch of {batch}: build it with keras.Input(shape)")
    if None in shape:
        raise InputError(
            f"model {model.name!r} takes frames of shape {tuple(shape)}: expected fixed sizes; build it with "
            f"input_shape=(height, width, channels)"
        )


def _dtype(model: keras.Model) -> str:
    """Dtype policy of the network: that of a mixed model, otherwise the type of a floating-point input."""
    if model.dtype_policy.compute_dtype != model.dtype_policy.variable_dtype:
        return model.dtype_policy.name
    dtype = keras.backend.standardize_dtype(model.inputs[0].dtype)
    return dtype if "float" in dtype else keras.config.floatx()


def _names(groups: list[Group]) -> dict[Value, str]:
    """Unit names by the value that each group returns: the name of its layer, with a number if it is used again."""
    names, used = {}, {FRAME}
    for g in groups:
        # Keras counts unnamed layers over all models of a process; a unit's name must not depend on that.
        base = re.sub(r"_\d+$", "", g.main.name) if _is_numbered(g.main) else g.main.name
        base = re.sub(r"[^\w./-]", "_", base)
        base = base if re.match(r"[A-Za-z_]", base) else f"_{base}"
        name, number = base, 0
        while name in used:
            number += 1
            name = f"{base}_{number}"
        used.add(name)
        names[g.output] = name
    return names


def _is_numbered(call: Call) -> bool:
    """Whether a layer's name comes from Keras: its class in snake case, and a number."""
    return re.fullmatch(rf"{call.kind.lower()}\d*", call.name.replace("_", "")) is not None


def _inputs(g: Group, names: dict[Value, str], graph: Graph) -> list[str]:
    return [FRAME if value is graph.frame else names[value] for value in g.inputs]


def _shared(groups: list[Group]) -> dict[int, str]:
    """Keys of the operations that several groups call, by id."""
    users: dict[int, int] = {}
    for g in groups:
        for operation in {id(call.operation): call.operation for call in g.calls}.values():
            users[id(operation)] = users.get(id(operation), 0) + 1
    return {key: f"shared{i}" for i, key in enumerate(key for key, number in users.items() if number > 1)}


def _converted_unit(g: Group, name: str, shared: dict[int, str]) -> ConvertedUnit:
    values = [*g.inputs, *(value for call in g.calls for value in call.outputs)]
    slots = {value: Slot(number) for number, value in enumerate(values)}

    def slot(item: object) -> object:
        return slots[item] if isinstance(item, Value) else item

    steps = []
    for call in g.calls:
        args, kwargs = keras.tree.map_structure(slot, (call.args, call.kwargs))
        steps.append(Step(call.operation, args, kwargs, shared.get(id(call.operation))))
    return ConvertedUnit(
        steps,
        slots[g.output].number,
        [(value.shape, value.dtype) for value in g.inputs],
        (g.output.shape, g.output.dtype),
        name=name,
    )
