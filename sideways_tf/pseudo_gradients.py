"""Pseudo-gradients of a clip (Sideways, section 3.4), and exact ones of the same network to compare with."""

import tensorflow as tf

from mpvn import targets as targets_lib
from mpvn.checks import check_video
from mpvn.engines.ticked import run as run_ticked
from mpvn.errors import InputError
from sideways_tf import folded, ticked
from sideways_tf.losses import example_loss


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
    loss, found, _ = clip_gradients(
        network, video, targets, example_loss(loss_fn), gradients, engine, targets_per, per_tick, training
    )
    return loss, found


def check_settings(network, gradients: str, engine: str) -> None:
    """Raises InputError unless `gradients` and `engine` are known and can be had for the network."""
    if gradients not in ("sideways", "exact"):
        raise InputError(f"gradients={gradients!r} is unknown: expected 'sideways' or 'exact'")
    if engine not in ("ticked", "folded"):
        raise InputError(f"engine={engine!r} is unknown: expected 'ticked' or 'folded'")
    if engine == "folded" and network.schedule.has_feedback:
        raise InputError("engine='folded' cannot run feedback, which needs the tick before: use engine='ticked'")


def frames_needed(schedule, gradients: str) -> int:
    """Least length of a clip: for pseudo-gradients the pipeline must be full, so that every unit gets one."""
    return 1 + (max(schedule.gamma_from.values()) if gradients == "sideways" else schedule.reach)


def clip_gradients(
    network,
    video,
    targets,
    loss_of,
    gradients: str,
    engine: str,
    targets_per: str | None = None,
    per_tick: bool = False,
    training: bool = False,
    weights=None,
    scale=1.0,
):
    """What `pseudo_gradients` returns, and the outputs [batch, time, ...]; nothing is checked.

    Args:
        loss_of: function of (targets, outputs), [batch, ...] each, that gives one value per example, [batch].
        weights: of clips [batch] or frames [batch, time]; None for 1.
        scale: what the gradients are multiplied by.
    """
    schedule, num_frames = network.schedule, video.shape[1]
    reach = schedule.reach
    targets = tf.convert_to_tensor(targets)
    shape = tf.TensorSpec([video.shape[0], num_frames, *network.value_spec(schedule.output).shape[1:]])
    per_frame = targets_lib.targets_per(targets, shape, targets_per) == "frame"
    frames = network.to_time_major(tf.cast(video, network.compute_dtype))
    if per_frame:
        targets = tf.transpose(targets, [1, 0, *range(2, targets.shape.rank)])

    def frame_at(tick):
        return tf.maximum(tick - schedule.prediction_latency, 0)

    def target_at(tick):
        return targets[frame_at(tick)] if per_frame else targets

    def loss_at(tick, output):
        values = loss_of(target_at(tick), tf.cast(output, network.variable_dtype))
        if weights is not None:
            values *= tf.cast(weights[:, frame_at(tick)] if weights.shape.rank == 2 else weights, values.dtype)
        return scale * tf.reduce_mean(values)

    if engine == "folded" or gradients == "exact" and per_tick:

        def losses_at(at, outputs):
            return tf.stack([loss_at(tick, outputs[i]) for i, tick in enumerate(at)])

        losses, outputs, sums = folded.unit_gradients(network, frames, losses_at, gradients, training, per_tick)
    elif gradients == "sideways":

        def masked(tick, output):
            return tf.where(tick >= reach, loss_at(tick, output), 0)

        losses, outputs, sums = ticked.unit_gradients(network, frames, masked, training, per_tick)
        losses = losses[reach:]
    else:
        losses, outputs, sums = _through_the_loop(network, frames, loss_at, training)
    counts = dict.fromkeys(schedule.names, num_frames - reach)
    if gradients == "sideways":
        counts |= {name: num_frames - first for name, first in schedule.gamma_from.items()}
    by_variable = {}
    for name, values in sums.items():
        for variable, value in zip(network.wiring[name].layer.trainable_variables, values, strict=True):
            by_variable[variable.path, id(variable)] = value if per_tick else value / counts[name]
    found = []
    for variable in network.trainable_variables:
        zeros = tf.zeros([num_frames, *variable.shape] if per_tick else variable.shape, variable.dtype)
        found.append(by_variable.get((variable.path, id(variable)), zeros))
    return tf.reduce_mean(losses) / scale, found, network.to_batch_major(outputs)


def _through_the_loop(network, frames, loss_at, training):
    """Exact gradients by automatic differentiation of the ticked engine; its memory grows with the clip."""
    variables = {unit.name: unit.layer.trainable_variables for unit in network.wiring.units}
    reach = network.schedule.reach
    with tf.GradientTape() as tape:
        outputs = run_ticked(network, frames, training)
        losses = tf.stack([loss_at(tick, outputs[tick]) for tick in range(reach, frames.shape[0])])
        total = tf.reduce_sum(losses)
    sums = tape.gradient(total, variables, unconnected_gradients="zero")
    return losses, outputs, sums
