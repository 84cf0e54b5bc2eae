"""Temporal filters and feedback: units that also read what was computed before."""

from collections.abc import Sequence
from dataclasses import replace

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.fresh import fresh
from mpvn.network import VideoNetwork
from mpvn.networks.blocks import Chain
from mpvn.networks.dense_head import upsample
from mpvn.planning import plan
from mpvn.rewiring import like


def with_temporal_filters(network, kernel: int = 2, units: Sequence[str] | None = None) -> VideoNetwork:
    """The sequential network with convolutions over the current and previous inputs of some units; with new weights.

    A unit that reads `a` reads `a`, `("a", 1)`, ... as well, one after the other: its first convolution, over the
    channels of all of them, is a convolution in time. "Previous" counts the executions of what is read: kernel 2 over
    a source that ticks twice as fast reads everything that it computed. The first valid tick comes later by what the
    oldest taps need.

    Source: MPVN, section 3.2 and Fig. 4 (b). Which units: our choice.

    Args:
        network: whose units take several inputs by concatenating them (`networks.blocks.Chain`), or are single
            convolutions; its weights are left alone.
        kernel: how many executions of each input are read, 2 or 3 (1 changes nothing).
        units: their names; by default the first unit of every resolution, where halving clocks change.

    Raises:
        InputError: the kernel is out of range, or a unit is unknown or cannot take more inputs.
    """
    if kernel not in (1, 2, 3):
        raise InputError(f"temporal kernel {kernel!r}: expected 1, 2 or 3")
    units = first_of_each_resolution(network) if units is None else list(units)
    for name in units:
        if name not in network.wiring.names:
            raise InputError(
                f"unit {name!r} is unknown: network {network.name!r} has {', '.join(network.wiring.names)}"
            )
    found = []
    for unit in network.wiring.units:
        inputs, layer = unit.inputs, fresh(unit.layer)
        if unit.name in units and kernel > 1:
            inputs = [tap for source in inputs for tap in _taps(source, kernel)]
            layer = _concatenating(layer, unit.name)
        found.append(replace(unit, layer=layer, inputs=inputs))
    return like(network, found)


def with_feedback(network, source: str | None = None) -> VideoNetwork:
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
    found = []
    for unit in network.wiring.units:
        layer, feedback, output_shape = fresh(unit.layer), unit.feedback, unit.output_shape
        if unit.name == first.name:
            if feedback:
                raise InputError(f"unit {first.name!r} has feedback already")
            layer, feedback = StackFeedback(layer, dtype=layer.dtype_policy, name=layer.name), [source]
        if unit.name == source:
            output_shape = shape
        found.append(replace(unit, layer=layer, feedback=feedback, output_shape=output_shape))
    return like(network, found)


@keras.saving.register_keras_serializable("mpvn")
class StackFeedback(keras.layers.Layer):
    """A layer over its inputs but the last one, which is stacked onto the layer's output.

    Args:
        layer: gives `[batch, height, width, channels]`.

    Input shape: a list: what the layer takes, and feedback, `[batch, h, w, c]` or `[batch, c]`.
    Output shape: `[batch, height, width, channels + c]`.
    """

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape):
        shapes = input_shape[:-1]
        if not self.layer.built:
            self.layer.build(shapes[0] if len(shapes) == 1 else shapes)

    def call(self, inputs, training=None):
        *inputs, feedback = inputs
        inputs = inputs[0] if len(inputs) == 1 else inputs
        value = self.layer(inputs, training=training) if isinstance(self.layer, Chain) else self.layer(inputs)
        if feedback.shape.rank == 4:
            feedback = upsample(feedback, tuple(value.shape[1:3]))
        else:
            feedback = tf.broadcast_to(
                feedback[:, tf.newaxis, tf.newaxis],
                tf.concat([tf.shape(value)[:3], tf.shape(feedback)[-1:]], 0),
            )
        return tf.concat([value, feedback], -1)

    def compute_output_shape(self, input_shape):
        *shapes, feedback = input_shape
        shape = self.layer.compute_output_shape(shapes[0] if len(shapes) == 1 else shapes)
        return (*shape[:-1], shape[-1] + feedback[-1])

    def get_config(self):
        return super().get_config() | {"layer": keras.saving.serialize_keras_object(self.layer)}

    @classmethod
    def from_config(cls, config):
        layer = keras.saving.deserialize_keras_object(config.pop("layer"))
        return cls(layer, **config)


def first_of_each_resolution(network) -> list[str]:
    """The first unit of every period of halving clocks: the units that read what ticks faster, and the stem."""
    if len(network.frame_shape) != 3:
        raise InputError("frames are no images, which resolution goes by: give the names of units")
    found = {}
    for unit in plan(network, clocks="halving").units:
        if unit.name != network.schedule.output:
            found.setdefault(unit.period, unit.name)
    return list(found.values())


def _taps(source, kernel: int) -> list:
    name, tap = source if isinstance(source, tuple) else (source, 0)
    return [(name, tap + k) if tap + k else name for k in range(kernel)]


def _concatenating(layer, name: str):
    """A layer that takes a list of inputs and concatenates it."""
    if isinstance(layer, Chain):
        return layer
    if isinstance(layer, StackFeedback):
        return StackFeedback(_concatenating(layer.layer, name), dtype=layer.dtype_policy, name=layer.name)
    if isinstance(layer, (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D, keras.layers.Dense)):
        return Chain([layer], dtype=layer.dtype_policy, name=layer.name)
    raise InputError(
        f"the layer of unit {name!r}, a {type(layer).__name__}, does not concatenate its inputs: make it a "
        f"mpvn.networks.blocks.Chain"
    )
