"""Prepares a network for export: not placed, in float32, with operations that graphs support."""

from collections.abc import Iterator
from dataclasses import replace

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.layers.copying import copied
from mpvn.layers.keras_insides import layers_inside
from mpvn.model.network import VideoNetwork
from mpvn.schedule.wiring import FRAME

AXES = 4  # limit of delegates for the GPUs of phones
PYTHON = ("PyFunc", "PyFuncStateless", "EagerPyFunc")
WRITES = ("AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp")


def plain_network(network: VideoNetwork) -> VideoNetwork:
    """A network that graphs of other runtimes can represent, with its own weights if it computes in another type.

    Raises:
        InputError: the network or a unit cannot be exported; the message names it.
    """
    for name in (FRAME, *network.wiring.names):
        shape = network.value_spec(name).shape
        if len(shape) > AXES:
            what = "frames are" if name == FRAME else f"the output of unit {name!r} is"
            raise InputError(
                f"{network.name!r} cannot be exported: its {what} {list(shape[1:])}, with the batch {len(shape)} axes, "
                f"but devices support at most {AXES}; a network over whole clips cannot be streamed"
            )
    network = _in_float32(network.without_devices())
    for unit in network.wiring.units:
        _check(network, unit.name)
    return network


def _in_float32(network: VideoNetwork) -> VideoNetwork:
    """The network with all layers computing in float32, whatever type they were trained in."""
    float32 = keras.DTypePolicy("float32")
    parts = [part for unit in network.wiring.units for part in layers_inside(unit.layer)]
    if all(part.compute_dtype == "float32" for part in parts):
        return network
    if any(part.variable_dtype == "float64" for part in parts):
        raise InputError(
            f"{network.name!r} cannot be exported: its weights are float64, but other runtimes compute in float32; "
            f"build it in float32 and load the weights"
        )
    copies = copied({unit.name: unit.layer for unit in network.wiring.units}, {})
    for layer in copies.values():
        for part in layers_inside(layer):
            if part.compute_dtype != "float32":
                part.dtype_policy = float32
    units = [replace(unit, layer=copies[unit.name]) for unit in network.wiring.units]
    return network.with_units(units, schedule=network.schedule)


def _check(network: VideoNetwork, name: str) -> None:
    """Raises InputError if a unit does something that graphs of other runtimes do not support."""
    for operation in unit_operations(network, name):
        if operation in PYTHON:
            raise InputError(
                f"unit {name!r} cannot be exported: it calls a Python function (tf.py_function or numpy_function), "
                f"which only Python runs; write it in operations of TensorFlow or Keras"
            )
        if operation in WRITES:
            raise InputError(
                f"unit {name!r} cannot be exported: it changes a variable when it is called, but graphs are stateless; "
                f"use mpvn.with_feedback to pass values from frame to frame"
            )


def unit_function(network: VideoNetwork, name: str) -> tf.types.experimental.ConcreteFunction:
    """One unit on its own, for a batch of one."""
    edges = network.wiring[name].edges
    specs = [tf.TensorSpec([1, *network.value_spec(edge.source).shape[1:]], tf.float32) for edge in edges]

    def function(*values: tf.Tensor) -> tf.Tensor:
        return network.pipeline.call_unit(name, list(values), training=False)[0]

    return tf.function(function, autograph=False).get_concrete_function(*specs)


def unit_operations(network: VideoNetwork, name: str) -> Iterator[str]:
    """The types of all operations of a unit, also in functions that it calls."""
    definition = unit_function(network, name).graph.as_graph_def()
    for node in definition.node:
        yield node.op
    for function in definition.library.function:
        for node in function.node_def:
            yield node.op
