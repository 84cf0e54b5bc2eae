"""Which output is compared with which target."""

import tensorflow as tf

from mpvn.errors import InputError


def targets_per(targets, outputs, given: str | None = None) -> str:
    """Whether there is one target per `"clip"` or per `"frame"`.

    Args:
        targets: [batch, ...] or [batch, time, ...].
        outputs: [batch, time, ...].
        given: what the user said; None infers it from the shapes.

    Raises:
        InputError: it cannot be told, or the number of targets is not the number of frames.
    """
    if given not in (None, "clip", "frame"):
        raise InputError(f"targets_per={given!r} is unknown: expected 'clip', 'frame' or None")
    num_frames, rank = outputs.shape[1], outputs.shape.rank
    if given is None:
        # Class indices lack the last axis of the outputs, so one rank less can mean either.
        missing = rank - targets.shape.rank
        frames = targets.shape.rank > 1 and targets.shape[1] == num_frames
        classes = targets.shape.rank > 1 and targets.shape[1:] == outputs.shape[2:]
        if missing == 0:
            given = "frame"
        elif missing == 2 or targets.shape.rank == 1 or (missing == 1 and classes and not frames):
            given = "clip"
        elif missing == 1 and frames and not classes:
            given = "frame"
        else:
            raise InputError(
                f"targets of shape {targets.shape} with outputs of shape {outputs.shape} could be per clip or per "
                f"frame: say compile(targets_per='clip') or 'frame'"
            )
    if given == "frame" and (targets.shape.rank < 2 or targets.shape[1] not in (None, num_frames)):
        raise InputError(
            f"targets of shape {targets.shape} for {num_frames} frames: expected [batch, {num_frames}, ...], a target "
            f"for every frame"
        )
    return given


def align(targets, outputs, schedule, given: str | None = None):
    """Targets and outputs of the ticks that have both.

    The output at tick `t` is compared with the target of frame `t - prediction_latency`.

    Args:
        targets: [batch, ...] or [batch, time, ...].
        outputs: [batch, time, ...].
        schedule: of the network that gave the outputs.
        given: see `targets_per`.

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
    if targets_per(targets, outputs, given) == "frame":
        targets = targets[:, reach - schedule.prediction_latency : num_frames - schedule.prediction_latency]
    else:
        targets = tf.repeat(targets[:, tf.newaxis], num_frames - reach, axis=1)
    return targets, outputs[:, reach:]


def align_weights(weights, outputs, schedule):
    """Weights of clips [batch], or of frames [batch, time], for the ticks that `align` leaves; None stays None."""
    if weights is None:
        return None
    weights = tf.convert_to_tensor(weights)
    num_frames, reach = outputs.shape[1], schedule.reach
    if weights.shape.rank == 1:
        return tf.repeat(weights[:, tf.newaxis], num_frames - reach, axis=1)
    return weights[:, reach - schedule.prediction_latency : num_frames - schedule.prediction_latency]


def clip_predictions(targets, outputs, schedule, given: str | None = None):
    """Targets and predictions as metrics see them: one per clip (the mean over valid ticks), or one per frame."""
    targets, outputs = tf.convert_to_tensor(targets), tf.convert_to_tensor(outputs)
    if targets_per(targets, outputs, given) == "frame":
        return align(targets, outputs, schedule, "frame")
    return targets, tf.reduce_mean(outputs[:, schedule.valid_from :], axis=1)
