"""Skip connections between the modules of a chain: wirings that mix frames in time."""

import inspect
from collections.abc import Sequence
from dataclasses import replace

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.fresh import fresh
from mpvn.networks.blocks import Chain
from mpvn.rewiring import like
from mpvn.wiring import FRAME

KINDS = ("sum", "concat")


def with_skips(
    network, skip: str = "sum", span: int | str = 1, modules: Sequence[str] | None = None, frame: bool = False
):
    """The sequential network of a chain in which modules also read earlier modules than the one before; new weights.

    In a parallel network with fresh registers every edge delays by one tick, however many modules it spans, so that a
    module sees frames of different ages at once: the network sees motion. Gradients take the same edges back.

    Source: Skip-Sideways, abstract: modules send to, and integrate from, different modules one computation step
    apart. The variants are our choice.

    Args:
        network: every unit reads the unit before it, and nothing else.
        skip: `"sum"`, onto the input of the module (through a 1x1 convolution or a linear layer where shapes differ),
            or `"concat"`, beside it (after average pooling to its size where sizes differ).
        span: how many modules an edge passes over at most; 1 reads the next but one, `"dense"` all earlier modules.
        modules: names of the units that begin a module, such as the subnetworks of a cut; by default every unit is a
            module. The first unit begins one in any case.
        frame: whether the frame counts as a module that can be read, too: the second module then compares what the
            first one made of the previous frame with the current one.

    Returns:
        The sequential network, whose units have the names that they had.

    Raises:
        InputError: the network is no chain, an option is unknown, or shapes cannot be brought together.
    """
    if skip not in KINDS:
        raise InputError(f"skip={skip!r} is unknown: expected 'sum' or 'concat'")
    if span != "dense" and (isinstance(span, bool) or not isinstance(span, int) or span < 1):
        raise InputError(f"span={span!r}: expected a whole number of modules from 1 on, or 'dense'")
    units = network.wiring.units
    for before, unit in zip(units, units[1:], strict=False):
        if tuple(unit.inputs) != (before.name,) or unit.feedback or before.feedback:
            raise InputError(
                f"unit {unit.name!r} reads {', '.join(map(str, [*unit.inputs, *unit.feedback]))}: skip connections are "
                f"for chains, in which every unit reads the unit before it"
            )
    found, ends = [], [FRAME] if frame else []  # ends: the last unit of every module so far
    starts = _starts(network, modules)
    for i, unit in enumerate(units):
        layer, inputs = fresh(unit.layer), list(unit.inputs)
        if unit.name in starts and i:
            ends.append(units[i - 1].name)
            # The last one is what the module reads anyway.
            far = ends[:-1] if span == "dense" else ends[:-1][-span:]
            if far:
                inputs += reversed(far)
                layer = Merge(layer, skip, dtype=layer.dtype_policy, name=layer.name)
        found.append(replace(unit, layer=layer, inputs=inputs))
    return like(network, found)


def _starts(network, modules) -> list[str]:
    names = network.wiring.names
    if modules is None:
        return list(names)
    for name in modules:
        if name not in names:
            raise InputError(f"unit {name!r} is unknown: network {network.name!r} has {', '.join(names)}")
    return [names[0], *modules]


@keras.saving.register_keras_serializable("mpvn")
class Merge(keras.layers.Layer):
    """A layer whose input is the first of several values, with the others summed onto it or set beside it.

    Args:
        layer: takes one value.
        skip: `"sum"` or `"concat"`, see `with_skips`.

    Input shape: a list: what the layer takes without skips, then maps `[batch, h, w, c]` or vectors `[batch, c]`.
    Output shape: that of the layer.
    """

    def __init__(self, layer, skip: str = "sum", **kwargs):
        super().__init__(**kwargs)
        self.layer, self.skip = layer, skip
        self.adapters = []
        self._takes_training = "training" in inspect.signature(layer.call).parameters

    def build(self, input_shape):
        main, *others = (tuple(shape) for shape in input_shape)
        if not self.adapters:
            self.adapters = [self._adapter(shape, main) for shape in others]
        for adapter, shape in zip(self.adapters, others, strict=True):
            if not adapter.built:
                adapter.build(shape)
        if not self.layer.built:
            self.layer.build(self._merged(main, others))

    def call(self, inputs, training=None):
        main, *others = inputs
        values = [main, *(adapter(value) for adapter, value in zip(self.adapters, others, strict=True))]
        merged = _sum(values) if self.skip == "sum" else tf.concat(values, -1)
        return self.layer(merged, training=training) if self._takes_training else self.layer(merged)

    def compute_output_shape(self, input_shape):
        main, *others = (tuple(shape) for shape in input_shape)
        if not self.built:
            self.build(input_shape)
        return self.layer.compute_output_shape(self._merged(main, others))

    def _merged(self, main, others):
        if self.skip == "sum":
            return main
        added = [a.compute_output_shape(s)[-1] for a, s in zip(self.adapters, others, strict=True)]
        return (*main[:-1], main[-1] + sum(added))

    def _adapter(self, shape, main):
        """A layer from values of one shape to those that can be summed onto, or set beside, values of another."""
        layers, dtype = keras.layers, self.dtype_policy
        if shape == main or (self.skip == "concat" and shape[:-1] == main[:-1]):
            return layers.Identity(dtype=dtype)
        pooling = [layers.GlobalAveragePooling2D(dtype=dtype)] if len(shape) == 4 else []
        if len(main) == 2 and len(shape) in (2, 4):
            linear = [layers.Dense(main[-1], use_bias=False, dtype=dtype)] if self.skip == "sum" else []
            return _in_a_row(pooling + linear, dtype)
        strides = _strides(shape, main) if len(shape) == len(main) == 4 else None
        if strides is None:
            raise InputError(f"a skip connection cannot bring {list(shape[1:])} to the size of {list(main[1:])}")
        if self.skip == "concat":
            return layers.AveragePooling2D(strides, padding="same", dtype=dtype)
        return layers.Conv2D(main[-1], 1, strides, padding="same", use_bias=False, dtype=dtype)

    def get_config(self):
        layer = keras.saving.serialize_keras_object(self.layer)
        return super().get_config() | {"layer": layer, "skip": self.skip}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config.pop("layer")), **config)


def _sum(values):
    # Of several additions, TensorFlow's optimiser makes temporary variables, which collide in loops.
    return values[0] + values[1] if len(values) == 2 else tf.reduce_sum(tf.stack(values), 0)


def _in_a_row(layers, dtype):
    return layers[0] if len(layers) == 1 else Chain(layers, dtype=dtype)


def _strides(shape, main) -> tuple[int, int] | None:
    """Strides from one height and width to another with "same" padding, or None where there are none."""
    strides = tuple(-(-from_ // to) for from_, to in zip(shape[1:3], main[1:3], strict=True))
    reached = tuple(-(-from_ // stride) for from_, stride in zip(shape[1:3], strides, strict=True))
    return strides if reached == main[1:3] else None
