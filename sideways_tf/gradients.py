"""Pseudo-gradients of a clip (Sideways, section 3.4), and exact gradients of the same network."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from mpvn.engines.inputs import check_engine, check_own_weights, check_video
from mpvn.engines.pipeline import Pipeline
from mpvn.engines.ticked import run as run_ticked
from mpvn.model.network import VideoNetwork
from sideways_tf.engines import folded, ticked
from sideways_tf.engines.clip_gradients import ClipGradients
from sideways_tf.engines.weight_penalties import weight_penalties
from sideways_tf.loss import ClipLoss, example_loss
from sideways_tf.rules.checks import check_rule
from sideways_tf.rules.chosen import Gradients, rule_of
from sideways_tf.rules.rule import GradientRule


def pseudo_gradients(
    network: VideoNetwork,
    video: tf.Tensor,
    targets: tf.Tensor,
    loss_fn: Any,
    gradients: Gradients = "sideways",
    engine: str = "ticked",
    targets_per: str | None = None,
    per_tick: bool = False,
    training: bool = False,
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """Computes the loss and the gradients of one batch of clips.

    Sideways: each tick's cotangent meets the activations that its subnetwork holds at that tick; the gradients of every
    unit are averaged over the ticks at which they are available (equations (3) to (5) with the masks gamma).
    Exact: the derivative of the same loss through the registers.

    Args:
        network: a VideoNetwork.
        video: [batch, time, ...].
        targets: [batch, ...] or [batch, time, ...].
        loss_fn: a Keras loss, or a function of (targets, outputs) that returns values per example.
        gradients: `"sideways"`, `"exact"`, or a `GradientRule`.
        engine: `"ticked"` or `"folded"`, with equal results.
        targets_per: `"clip"` or `"frame"`; None infers it.
        per_tick: whether to return the gradients of single ticks, [time, ...] for every variable, without averaging.
        training: passed to the layers.

    Returns:
        The loss (mean over the batch and the ticks that have a valid output and a target, plus losses of layers and
        regularizers), and the gradients in the order of `network.trainable_variables`.

    Raises:
        InputError: an argument is unknown or does not fit, or the clip is too short to fill the pipeline.
    """
    rule = rule_of(gradients)
    check_settings(network, engine)
    check_rule(rule, network.schedule)
    video = check_video(network, video, rule.frames_needed(network.schedule))
    loss_at = ClipLoss(network, video, targets, example_loss(loss_fn), targets_per)
    loss, of_variables, _ = clip_gradients(network, video, loss_at, rule, engine, per_tick, training)
    return loss, of_variables


def check_settings(network: VideoNetwork, engine: str) -> None:
    """Raises InputError unless the engine is known and can run the network, and units share no weights."""
    check_engine(engine, network.schedule)
    check_own_weights(network)


def clip_gradients(
    network: VideoNetwork,
    video: tf.Tensor,
    loss_at: ClipLoss,
    rule: GradientRule,
    engine: str,
    per_tick: bool = False,
    training: bool = False,
) -> tuple[tf.Tensor, list[tf.Tensor], tf.Tensor]:
    """Returns the result of `pseudo_gradients` and the outputs [batch, time, ...], without checks."""
    pipeline, num_frames = network.pipeline, video.shape[1]
    clip = _of_engine(network, pipeline.frames_of(video), loss_at, rule, engine, per_tick, training)
    first_ticks, by_variable = rule.first_ticks(network.schedule), {}
    for name, values in clip.gradients.items():
        for variable, value in zip(network.wiring[name].layer.trainable_variables, values, strict=True):
            with tf.device(pipeline.device_of(name)):
                by_variable[id(variable)] = value if per_tick else value / (num_frames - first_ticks[name])
    gradients = []
    penalties, of_penalties = weight_penalties(network.trainable_variables)
    for variable, of_penalty in zip(network.trainable_variables, of_penalties, strict=True):
        zeros = tf.zeros([num_frames, *variable.shape] if per_tick else variable.shape, variable.dtype)
        gradient = by_variable.get(id(variable), zeros)
        if of_penalty is not None:
            with tf.device(variable.value.device):
                gradient += tf.cast(loss_at.scale, variable.dtype) * of_penalty
        gradients.append(gradient)
    with pipeline.on_device(-1):
        return clip.loss(loss_at.scale, penalties), gradients, pipeline.outputs_of(clip.outputs)


def _of_engine(
    network: VideoNetwork,
    frames: tf.Tensor,
    loss_at: ClipLoss,
    rule: GradientRule,
    engine: str,
    per_tick: bool,
    training: bool,
) -> ClipGradients:
    pipeline, schedule = network.pipeline, network.schedule
    # Losses of layers are already means over the clip, and gradients will be averaged over ticks.
    added_weight = loss_at.scale * (frames.shape[0] - schedule.reach)
    # With automatic differentiation of the whole loop, TensorFlow chooses where the backward pass runs.
    placed = network.devices is not None and not schedule.has_feedback
    if engine == "folded" or not rule.causal and (per_tick or placed):

        def losses_at(at: Sequence[int], outputs: tf.Tensor) -> tf.Tensor:
            return tf.stack([loss_at(tick, outputs[i]) for i, tick in enumerate(at)])

        return folded.unit_gradients(pipeline, frames, losses_at, rule, training, per_tick, added_weight)
    if rule.causal:
        return ticked.unit_gradients(pipeline, frames, loss_at.masked, rule, training, per_tick, added_weight)
    return _through_the_loop(pipeline, frames, loss_at, training, added_weight)


def _through_the_loop(
    pipeline: Pipeline, frames: tf.Tensor, loss_at: ClipLoss, training: bool, added_weight: float | tf.Tensor
) -> ClipGradients:
    """Exact gradients by automatic differentiation of the ticked engine; its memory grows with the clip."""
    variables = {unit.name: unit.layer.trainable_variables for unit in pipeline.wiring.units}
    reach = pipeline.schedule.reach
    with tf.GradientTape() as tape:
        clip = run_ticked(pipeline, frames, training)
        losses = tf.stack([loss_at(tick, clip.outputs[tick]) for tick in range(reach, frames.shape[0])])
        total = tf.reduce_sum(losses)
        if clip.loss is not None:
            total += tf.cast(added_weight * clip.loss, total.dtype)
    return ClipGradients(losses, clip.outputs, clip.loss, folded.of_variables(tape, total, variables))
