"""Converting a Keras image model into a video network."""

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
    """A video network over the layers of any functional image model with one input and one output.

    Every layer with a kernel, with the light layers around it, becomes a unit; `mpvn.convert.grouping` says which. Skip
    connections become edges of the wiring. A concatenation is made by each of its readers, so that dense connections
    stay fresh; a sum is made once, with the last of its parts. Models inside the model are opened, concatenations of
    concatenations are joined, and a layer that is called in several places is shared by several units.

    The layers are the model's own: both have the same weights, and training or freezing one is training or freezing
    the other. The model itself is not changed. Batch normalisation is trained by the statistics of each tick's batch.
    Frames are what the model takes; `network.preprocessing` says which pixels these are, and goes with the network into
    files.

    Args:
        model: a functional Keras model, or a `Sequential` one that has been built.
        name: of the network; by default the model's.
        preprocessing: what the network is to do with pixels in [0, 255] before they go into the model. `"tf"`,
            `"caffe"` or `"torch"`: what `keras.applications.*.preprocess_input` does; a Keras layer, such as an adapted
            `Normalization`, or a function of a Keras tensor: what that does; `"none"`: nothing, the model takes these
            pixels; a `mpvn.Preprocessing`: nothing, and the frames are as it says. By default the model's own first
            layers tell: a uint8 input, a `Rescaling`, an adapted `Normalization`, or a number by which pixels are
            divided.
        white: value of a full white pixel in the frames that go in, where it is not what `preprocessing` says: 1.0
            for a model over frames in [0, 1].

    Input shape: `[batch, time, *model.input_shape[1:]]`, floating point, or uint8 where white is 255.
    Output shape: `[batch, time, *model.output_shape[1:]]`.

    Raises:
        InputError: the model has several inputs or outputs, is not functional, or has a layer that cannot be cut off
            from the rest; the line names it.
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
    of_layers = distinct(names.values(), lambda c: c != "/")  # which Keras keeps to itself
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
            f"model {model.name!r} ({kind}) is subclassed, so that its layers cannot be told apart: build it as "
            f"keras.Model(inputs, outputs), or give mpvn.VideoNetwork its units"
        )
    if isinstance(model, keras.Sequential) and not model.built:
        raise InputError(
            f"model {model.name!r} (Sequential) has not been built, so that its shapes are not known: begin it with "
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
    """Dtype policy of the network: that of a mixed model, else the type of the input, if that is floating point."""
    if model.dtype_policy.compute_dtype != model.dtype_policy.variable_dtype:
        return model.dtype_policy.name
    dtype = keras.backend.standardize_dtype(model.inputs[0].dtype)
    return dtype if "float" in dtype else keras.config.floatx()


def _names(groups: list[Group]) -> dict[Value, str]:
    """A unit name for the value that each group gives: that of its layer, with a number where it is used again."""
    names, used = {}, {FRAME}
    for g in groups:
        # Keras counts layers without a name of their own over all models of a process; a unit's name must not change.
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
    """Whether Keras gave a layer its name: that of its class in snake case, and a number."""
    return re.fullmatch(rf"{call.kind.lower()}\d*", call.name.replace("_", "")) is not None


def _inputs(g: Group, names: dict[Value, str], graph: Graph) -> list[str]:
    return [FRAME if value is graph.frame else names[value] for value in g.inputs]


def _shared(groups: list[Group]) -> dict[int, str]:
    """Keys for the operations that several groups call, by their id."""
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
