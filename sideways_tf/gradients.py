"""Pseudo-gradients of a clip (Sideways, section 3.4), and exact ones of the same network to compare with."""

import tensorflow as tf

from mpvn.engines.inputs import check_own_weights, check_video
from mpvn.engines.ticked import run as run_ticked
from mpvn.errors import InputError
from sideways_tf.engines import folded, ticked
from sideways_tf.loss import ClipLoss, example_loss


def pseudo_gradients(
    network,
    video,
    targets,
    loss_fn,
    gradients: str = "sideways",
    engine: str = "ticked",
    targets_per: str | None = None,
    per_tick: bool = False,
    training: bool = False,
):
    """Loss and gradients of one batch of clips.

    Sideways: each tick's cotangent meets the activations that its subnetwork holds at that tick; gradients are averaged
    over the ticks at which they are available, for every unit by itself (equations (3) to (5) with the masks gamma).
    Exact: the derivative of the same loss through the registers.

    Args:
        network: a VideoNetwork.
        video: [batch, time, ...].
        targets: [batch, ...] or [batch, time, ...].
        loss_fn: a Keras loss, or a function of (targets, outputs) that returns values per example.
        gradients: `"sideways"` or `"exact"`.
        engine: `"ticked"` or `"folded"`; the two agree.
        targets_per: `"clip"` or `"frame"`; None infers it.
        per_tick: gradients of single ticks, [time, ...] for every variable, not averaged.
        training: passed to the layers.

    Returns:
        The loss, mean over the batch and the ticks that have a valid output and a target, and the gradients in the
        order of `network.trainable_variables`.

    Raises:
        InputError: something is unknown, does not fit, or the pipeline is never full within the clip.
    """
    check_settings(network, gradients, engine)
    video = check_video(network, video, frames_needed(network.schedule, gradients))
    loss_at = ClipLoss(network, video, targets, example_loss(loss_fn), targets_per)
    loss, found, _ = clip_gradients(network, video, loss_at, gradients, engine, per_tick, training)
    return loss, found


def check_settings(network, gradients: str, engine: str) -> None:
    """Raises InputError unless `gradients` and `engine` are known and can be had for the network."""
    if gradients not in ("sideways", "exact"):
        raise InputError(f"gradients={gradients!r} is unknown: expected 'sideways' or 'exact'")
    if engine not in ("ticked", "folded"):
        raise InputError(f"engine={engine!r} is unknown: expected 'ticked' or 'folded'")
    if engine == "folded" and network.schedule.has_feedback:
        raise InputError("engine='folded' cannot run feedback, which needs the tick before: use engine='ticked'")
    check_own_weights(network)


def frames_needed(schedule, gradients: str) -> int:
    """Least length of a clip: for pseudo-gradients the pipeline must be full, so that every unit gets one."""
    return 1 + (max(schedule.gamma_from.values()) if gradients == "sideways" else schedule.reach)


def clip_gradients(
    network, video, loss_at: ClipLoss, gradients: str, engine: str, per_tick: bool = False, training: bool = False
):
    """What `pseudo_gradients` returns, and the outputs [batch, time, ...]; nothing is checked."""
    schedule, num_frames = network.schedule, video.shape[1]
    reach = schedule.reach
    frames = network.to_time_major(tf.cast(video, network.compute_dtype))

    # Automatic differentiation of the whole loop leaves it to TensorFlow where the backward pass runs.
    placed = network.devices is not None and not schedule.has_feedback
    if engine == "folded" or gradients == "exact" and (per_tick or placed):

        def losses_at(at, outputs):
            return tf.stack([loss_at(tick, outputs[i]) for i, tick in enumerate(at)])

        losses, outputs, sums = folded.unit_gradients(network, frames, losses_at, gradients, training, per_tick)
    elif gradients == "sideways":
        losses, outputs, sums = ticked.unit_gradients(network, frames, loss_at.masked, training, per_tick)
        losses = losses[reach:]
    else:
        losses, outputs, sums = _through_the_loop(network, frames, loss_at, training)
    counts = dict.fromkeys(schedule.names, num_frames - reach)
    if gradients == "sideways":
        counts |= {name: num_frames - first for name, first in schedule.gamma_from.items()}
    by_variable = {}
    for name, values in sums.items():
        for variable, value in zip(network.wiring[name].layer.trainable_variables, values, strict=True):
            with tf.device(network.device_of(name)):
                by_variable[id(variable)] = value if per_tick else value / counts[name]
    found = []
    for variable in network.trainable_variables:
        zeros = tf.zeros([num_frames, *variable.shape] if per_tick else variable.shape, variable.dtype)
        found.append(by_variable.get(id(variable), zeros))
    with network.on_device(-1):
        return tf.reduce_mean(losses) / loss_at.scale, found, network.to_batch_major(outputs)


def _through_the_loop(network, frames, loss_at, training):
    """Exact gradients by automatic differentiation of the ticked engine; its memory grows with the clip."""
    variables = {unit.name: unit.layer.trainable_variables for unit in network.wiring.units}
    reach = network.schedule.reach
    with tf.GradientTape() as tape:
        outputs, _ = run_ticked(network, frames, training)
        losses = tf.stack([loss_at(tick, outputs[tick]) for tick in range(reach, frames.shape[0])])
        total = tf.reduce_sum(losses)
    sums = tape.gradient(total, variables, unconnected_gradients="zero")
    return losses, outputs, sums
