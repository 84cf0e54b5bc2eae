"""Gradients and pseudo-gradients with time folded into the batch: the folded engine with another backward pass."""

from collections.abc import Callable

import tensorflow as tf

from mpvn.engines.folded import FoldedClip
from mpvn.engines.pipeline import Pipeline
from sideways_tf.engines.clip_gradients import ClipGradients
from sideways_tf.rules.rule import GradientRule


def unit_gradients(
    pipeline: Pipeline,
    video: tf.Tensor,
    losses_at: Callable,
    rule: GradientRule,
    training: bool,
    per_tick: bool,
    added_weight: float | tf.Tensor = 1.0,
) -> ClipGradients:
    """Sums over ticks of each unit's gradients, one backward pass per unit for all its executions.

    Args:
        pipeline: of a network without feedback.
        video: [time, batch, ...].
        losses_at: function of (ticks, outputs [ticks, batch, ...]) that returns each tick's loss, [ticks].
        rule: how cotangents cross registers.
        training: passed to the layers.
        per_tick: whether to return gradients of single ticks instead of their sum.
        added_weight: factor of the losses of layers before differentiation.
    """
    schedule, num_frames = pipeline.schedule, video.shape[0]
    variables = {name: pipeline.wiring[name].layer.trainable_variables for name in schedule.gamma_from}
    with tf.GradientTape(persistent=per_tick) as tape:
        clip = FoldedClip(pipeline, video, training, adjoint=rule)
        with pipeline.on_device(-1):
            outputs = clip.at_every_tick(schedule.output)
            losses = losses_at(range(schedule.reach, num_frames), outputs[schedule.reach :])
            total = tf.reduce_sum(losses)
            if clip.loss is not None:
                total += tf.cast(added_weight * clip.loss, total.dtype)
    if not per_tick:
        return ClipGradients(losses, outputs, clip.loss, of_variables(tape, total, variables))
    values = {name: clip.values[name] for name in variables}
    cotangents = tape.gradient(total, values, unconnected_gradients="zero")
    single = {
        name: _single(tape, values[name], cotangents[name], variables[name], schedule.valid_ticks(name, num_frames))
        for name in variables
    }
    gradients = {name: _over_time(rows, num_frames) for name, rows in single.items()}
    return ClipGradients(losses, outputs, clip.loss, gradients)


def of_variables(
    tape: tf.GradientTape, target: tf.Tensor, variables: dict[str, list], cotangent: tf.Tensor | None = None
) -> dict[str, list[tf.Tensor]]:
    """{unit name: gradients of its variables}, zeros for those without a path to the target."""
    gradients = tape.gradient(target, variables, cotangent)
    return {
        name: [
            tf.zeros(variable.shape, variable.dtype) if value is None else tf.convert_to_tensor(value)
            for variable, value in zip(variables[name], gradients[name], strict=True)
        ]
        for name in variables
    }


def _single(
    tape: tf.GradientTape, value: tf.Tensor, cotangents: tf.Tensor, variables: list, at: range
) -> dict[int, list[tf.Tensor]]:
    """{tick: gradients of a unit's variables} of every single execution."""
    rows = {}
    for row, tick in enumerate(at):
        alone = tf.one_hot(row, len(at), dtype=cotangents.dtype)
        alone = tf.reshape(alone, [-1] + [1] * (cotangents.shape.rank - 1)) * cotangents
        rows[tick] = of_variables(tape, value, {"": variables}, alone)[""]
    return rows


def _over_time(rows: dict[int, list[tf.Tensor]], num_frames: int) -> list[tf.Tensor]:
    """[time, ...] for every variable, zeros at ticks without an execution."""
    nothing = [tf.zeros_like(value) for value in next(iter(rows.values()))]
    return [tf.stack(values) for values in zip(*(rows.get(t, nothing) for t in range(num_frames)), strict=True)]
