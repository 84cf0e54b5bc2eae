"""Units that must be called once per tick even if time is folded into the batch.

These are units with a layer that changes its own weights when it is called (power iterations, moving averages), or that
uses its batch as a whole (statistics, added losses): such layers need the batch of one tick.
"""

from collections.abc import Sequence

import keras
import tensorflow as tf

from mpvn.engines.clip_draws import ClipDraws, augmentation_seeds
from mpvn.engines.loop import TICKS_PER_TURN, over_ticks
from mpvn.engines.pipeline import Pipeline
from mpvn.engines.side_effects import side_effects
from mpvn.layers.keras_insides import layers_inside
from mpvn.layers.normalization import BatchNormalization
from mpvn.layers.random_states import random_states

# Layers of these packages are known; others are tried.
_KNOWN = ("keras", "mpvn", "sideways_tf")


def means_one_tick(pipeline: Pipeline, name: str, training: bool) -> bool:
    """Whether the layer of a unit must be called once per tick."""
    layer = pipeline.wiring[name].layer
    if training and (moved_when_called(layer) or augmentation_seeds(layer)):
        return True
    return has_own_layers(layer) and _changes_or_adds(pipeline, name, training)


def moved_when_called(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """The Keras layers in a layer that change a weight whenever they are called in training."""
    per_tick = getattr(layer, "normalizations", [])  # units of converted models handle these themselves
    return [
        part
        for part in layers_inside(layer)
        if isinstance(part, keras.layers.SpectralNormalization)
        or isinstance(part, keras.layers.BatchNormalization)
        and part.trainable
        and not (isinstance(part, BatchNormalization) or part in per_tick)
    ]


def has_own_layers(layer: keras.layers.Layer) -> bool:
    """Whether a layer is, or contains, a custom layer."""
    return any(type(part).__module__.partition(".")[0] not in _KNOWN for part in layers_inside(layer))


def may_add_losses(layer: keras.layers.Layer) -> bool:
    """Whether a layer may add losses when it is called."""
    return has_own_layers(layer) or any(part.activity_regularizer is not None for part in layers_inside(layer))


def call_tick_by_tick(
    pipeline: Pipeline, name: str, inputs: Sequence[tf.Tensor], training: bool, draws: ClipDraws
) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Calls the layer of a unit for all executions in sequence.

    Args:
        pipeline: of the network.
        name: of the unit.
        inputs: [executions, batch, ...] each, with a known number of executions, at least one.
        training: passed to the layer.
        draws: random draws of the clip.

    Returns:
        The outputs [executions, batch, ...], and the mean loss that the layer adds, or None.
    """
    count, spec = inputs[0].shape[0], pipeline.specs[name]
    outputs = tf.TensorArray(spec.dtype, count, element_shape=[inputs[0].shape[1], *spec.shape[1:]])
    adds = may_add_losses(pipeline.wiring[name].layer)

    def one(now: int | tf.Tensor, offset: int, done: tf.Tensor, outputs: tf.TensorArray, total: tf.Tensor) -> tuple:
        with side_effects() as effects, tf.control_dependencies([done]):
            draws.rewind(name)
            output, loss = pipeline.call_unit(name, [value[now] for value in inputs], training)
        with tf.control_dependencies([output, *effects]):
            done = tf.identity(done)
        return done, outputs.write(now, output), total if loss is None else total + loss

    state = (tf.zeros([]), outputs, tf.zeros([], pipeline.loss_dtype))
    whole = count - count % TICKS_PER_TURN
    for begin, end in ((0, whole), (whole, count)):
        state = over_ticks(begin, end, TICKS_PER_TURN, one, state)
    _, outputs, total = state
    return outputs.stack(), total / count if adds else None


def moving_variables(pipeline: Pipeline, training: bool, start_tick: int = 0) -> dict[str, list[keras.Variable]]:
    """{unit name: variables that its layers change when they are called}, of units with executions that are not valid.

    Such an execution reads cleared registers and must not change variables, except for random states.
    """
    schedule, moving = pipeline.schedule, {}
    for unit in pipeline.wiring.units:
        late = schedule.unit_valid_from(unit.name, start_tick) > start_tick
        if late and means_one_tick(pipeline, unit.name, training):
            moving[unit.name] = unit.layer.non_trainable_weights
    return moving


def _changes_or_adds(pipeline: Pipeline, name: str, training: bool) -> bool:
    """Whether a unit changes a variable when it is called, random state aside, or adds a loss: found by trying."""
    adds = []

    def function(*inputs: tf.Tensor) -> tf.Tensor:
        output, loss = pipeline.call_unit(name, list(inputs), training)
        adds.append(loss is not None)
        return output

    specs = [pipeline.specs[edge.source] for edge in pipeline.wiring[name].edges]
    tried = tf.function(function, autograph=False).get_concrete_function(*specs)
    random = {id(state.value.handle) for state in random_states(pipeline.wiring[name].layer)}
    captured = tried.captured_inputs
    outside = dict(zip(map(id, tried.inputs[len(tried.inputs) - len(captured) :]), captured, strict=True))
    changed = {
        id(outside[id(value)])
        for operation in tried.graph.get_operations()
        if operation.op_def.is_stateful and operation.type != "ReadVariableOp"
        for value in operation.inputs
        if id(value) in outside and value.dtype == tf.resource
    }
    return any(adds) or bool(changed - random)
