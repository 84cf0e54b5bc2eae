"""Matches outputs with targets."""

import numpy as np
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.schedule.schedule import Schedule


def targets_per(targets: tf.Tensor, outputs: tf.Tensor, per: str | None = None) -> str:
    """Whether there is one target per `"clip"` or per `"frame"`.

    Args:
        targets: [batch, ...] or [batch, time, ...].
        outputs: [batch, time, ...].
        per: the user's choice; None infers it from the shapes.

    Raises:
        InputError: it is ambiguous, or the number of targets is not the number of frames.
    """
    if per not in (None, "clip", "frame"):
        raise InputError(f"targets_per={per!r} is unknown: expected 'clip', 'frame' or None")
    num_frames, rank = outputs.shape[1], outputs.shape.rank
    if per is None:
        # Class indices lack the last axis of the outputs, so one rank less can mean either.
        missing = rank - targets.shape.rank
        frames = targets.shape.rank > 1 and targets.shape[1] == num_frames
        classes = targets.shape.rank > 1 and targets.shape[1:] == outputs.shape[2:]
        if missing == 0:
            per = "frame"
        elif missing == 2 or targets.shape.rank == 1 or (missing == 1 and classes and not frames):
            per = "clip"
        elif missing == 1 and frames and not classes:
            per = "frame"
        else:
            raise InputError(
                f"targets of shape {targets.shape} with outputs of shape {outputs.shape} could be per clip or per "
                f"frame: set compile(targets_per='clip') or 'frame'"
            )
    if per == "frame" and (targets.shape.rank < 2 or targets.shape[1] not in (None, num_frames)):
        raise InputError(
            f"targets of shape {targets.shape} for {num_frames} frames: expected [batch, {num_frames}, ...], a target "
            f"for every frame"
        )
    return per


def align(
    targets: tf.Tensor | np.ndarray, outputs: tf.Tensor | np.ndarray, schedule: Schedule, per: str | None = None
) -> tuple[tf.Tensor, tf.Tensor]:
    """Targets and outputs of the ticks that have both.

    The output at tick `t` is compared with the target of frame `t - prediction_latency`.

    Args:
        targets: [batch, ...] or [batch, time, ...].
        outputs: [batch, time, ...].
        schedule: schedule of the network of the outputs.
        per: see `targets_per`.

    Returns:
        targets and outputs, [batch, ticks, ...] each.

    Raises:
        InputError: no tick of the clip has both.
    """
    targets, outputs = tf.convert_to_tensor(targets), tf.convert_to_tensor(outputs)
    num_frames, reach = outputs.shape[1], schedule.reach
    if num_frames <= reach:
        raise InputError(
            f"a clip of {num_frames} frames has no tick with a valid output and a target: this network needs "
            f"{reach + 1} frames"
        )
    if targets_per(targets, outputs, per) == "frame":
        targets = targets[:, reach - schedule.prediction_latency : num_frames - schedule.prediction_latency]
    else:
        targets = tf.repeat(targets[:, tf.newaxis], num_frames - reach, axis=1)
    outputs = outputs[:, reach:]
    return with_rank_of(targets, outputs), outputs


def with_rank_of(targets: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    """Adds a last axis of length one to targets if only that is missing to match the outputs.

    Otherwise, a loss with one output per frame would treat time as its last axis.
    """
    one_less = targets.shape.rank == outputs.shape.rank - 1 and outputs.shape[-1] == 1
    return targets[..., tf.newaxis] if one_less else targets


def align_weights(
    weights: tf.Tensor | np.ndarray | None, outputs: tf.Tensor | np.ndarray, schedule: Schedule
) -> tf.Tensor | None:
    """Weights of clips [batch], or of frames [batch, time, ...], for the ticks that `align` keeps; None stays None.

    Raises:
        InputError: the number of weights is not the number of frames.
    """
    if weights is None:
        return None
    tensor = tf.convert_to_tensor(weights)
    num_frames, reach = outputs.shape[1], schedule.reach
    if tensor.shape.rank == 1 or tensor.shape[1:] == [1]:
        return tf.repeat(tf.reshape(tensor, [-1, 1]), num_frames - reach, axis=1)
    if tensor.shape[1] not in (None, num_frames):
        raise InputError(
            f"weights of shape {tensor.shape} for clips of {num_frames} frames: expected [batch], a weight for every "
            f"clip, or [batch, {num_frames}], one for every frame"
        )
    return tensor[:, reach - schedule.prediction_latency : num_frames - schedule.prediction_latency]


def spread_weights(weights: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    """Weights [batch, ticks] for all values of a loss, which lack the last axis of outputs [batch, ticks, ...]."""
    values, missing = tf.shape(outputs)[:-1], outputs.shape.rank - 1 - weights.shape.rank
    if missing < 0:
        return weights
    return tf.broadcast_to(tf.reshape(weights, tf.concat([tf.shape(weights), [1] * missing], 0)), values)


def clip_weights(
    weights: tf.Tensor | np.ndarray | None, outputs: tf.Tensor | np.ndarray, schedule: Schedule
) -> tf.Tensor | None:
    """Weights for predictions of clips, [batch]: for frames, the mean over the ticks that `align` keeps."""
    if weights is None or len(weights.shape) == 1:
        return weights
    aligned = align_weights(weights, outputs, schedule)
    assert aligned is not None
    return tf.reduce_mean(aligned, axis=list(range(1, aligned.shape.rank)))


def clip_predictions(
    targets: tf.Tensor | np.ndarray,
    outputs: tf.Tensor | np.ndarray,
    schedule: Schedule,
    per: str | None = None,
    weights: tf.Tensor | None = None,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Targets and predictions as metrics see them: one per clip (the mean over valid ticks), or one per frame.

    The mean is weighted by weights of frames, [batch, time], if given and not all 0 in the clip.
    """
    targets, outputs = tf.convert_to_tensor(targets), tf.convert_to_tensor(outputs)
    if targets_per(targets, outputs, per) == "frame":
        return align(targets, outputs, schedule, "frame")
    plain = tf.reduce_mean(outputs[:, schedule.valid_from :], axis=1)
    aligned = align_weights(weights, outputs, schedule)
    if aligned is None:
        return targets, plain
    shape = tf.concat([tf.shape(aligned), tf.ones([outputs.shape.rank - 2], tf.int32)], 0)
    aligned = tf.cast(tf.reshape(aligned, shape), outputs.dtype)
    total = tf.reduce_sum(aligned, axis=1)
    weighed = tf.reduce_sum(aligned * outputs[:, schedule.reach :], axis=1)
    return targets, tf.where(total > 0, tf.math.divide_no_nan(weighed, total), plain)
