"""Which output is compared with which target."""

import numpy as np
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.schedule.schedule import Schedule


def targets_per(targets: tf.Tensor, outputs: tf.Tensor, per: str | None = None) -> str:
    """Whether there is one target per `"clip"` or per `"frame"`.

    Args:
        targets: [batch, ...] or [batch, time, ...].
        outputs: [batch, time, ...].
        per: what the user said; None infers it from the shapes.

    Raises:
        InputError: it cannot be told, or the number of targets is not the number of frames.
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
                f"frame: say compile(targets_per='clip') or 'frame'"
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
        schedule: of the network that gave the outputs.
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
    return targets, outputs[:, reach:]


def align_weights(
    weights: tf.Tensor | np.ndarray | None, outputs: tf.Tensor | np.ndarray, schedule: Schedule
) -> tf.Tensor | None:
    """Weights of clips [batch], or of frames [batch, time], for the ticks that `align` leaves; None stays None."""
    if weights is None:
        return None
    tensor = tf.convert_to_tensor(weights)
    num_frames, reach = outputs.shape[1], schedule.reach
    if tensor.shape.rank == 1:
        return tf.repeat(tensor[:, tf.newaxis], num_frames - reach, axis=1)
    return tensor[:, reach - schedule.prediction_latency : num_frames - schedule.prediction_latency]


def clip_predictions(
    targets: tf.Tensor | np.ndarray, outputs: tf.Tensor | np.ndarray, schedule: Schedule, per: str | None = None
) -> tuple[tf.Tensor, tf.Tensor]:
    """Targets and predictions as metrics see them: one per clip (the mean over valid ticks), or one per frame."""
    targets, outputs = tf.convert_to_tensor(targets), tf.convert_to_tensor(outputs)
    if targets_per(targets, outputs, per) == "frame":
        return align(targets, outputs, schedule, "frame")
    return targets, tf.reduce_mean(outputs[:, schedule.valid_from :], axis=1)
