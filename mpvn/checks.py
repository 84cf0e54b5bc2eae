"""Checks of what is fed to a network."""

import tensorflow as tf

from mpvn.errors import InputError


def check_frames(frames, what: str, leading: tuple[str, ...], frame_shape: tuple[int, ...]):
    """Frames as a tensor, if their shape and type fit.

    Args:
        frames: array or tensor `[*leading, *frame_shape]`.
        what: what to call them in an error.
        leading: names of the axes before those of a frame.
        frame_shape: what the network expects.

    Raises:
        InputError: another rank, frame shape or a type that is not floating point.
    """
    expected = f"[{', '.join([*leading, *map(str, frame_shape)])}]"
    shape = getattr(frames, "shape", None)
    if shape is None:
        frames = tf.convert_to_tensor(frames)
        shape = frames.shape
    if len(shape) != len(leading) + len(frame_shape) or any(
        given is not None and given != wanted for given, wanted in zip(shape[len(leading) :], frame_shape, strict=True)
    ):
        raise InputError(
            f"the {what} has shape {_text(shape)}: expected {expected}; resize it or build the network for it"
        )
    name = getattr(frames.dtype, "name", str(frames.dtype))
    if "float" not in name:
        raise InputError(
            f"the {what} has type {name}: expected floating point, images in [0, 1]; for 8-bit images divide by 255"
        )
    return frames


def check_video(network, video):
    """`check_frames` for a video `[batch, time, *frame]` whose number of frames must be known."""
    video = check_frames(video, "video", ("batch", "time"), network.frame_shape)
    if video.shape[1] is None:
        raise InputError(
            f"the video has shape {_text(video.shape)}, its number of frames unknown: expected a fixed length; "
            f"batch clips of one length together"
        )
    return video


def finite_video(data):
    """A training batch, unchanged, with a check that stops the step if the video holds NaN or infinity."""
    video = data[0] if isinstance(data, tuple) else data
    finite = tf.reduce_all(tf.math.is_finite(video), axis=list(range(2, len(video.shape))))
    where = tf.where(~finite)
    check = tf.debugging.Assert(
        tf.reduce_all(finite),
        ["the video is not finite (NaN or infinity) at [clip of the batch, frame]:", where[:1], "of", tf.shape(finite)],
    )
    with tf.control_dependencies([check] if check is not None else []):
        video = tf.identity(video)
    return (video, *data[1:]) if isinstance(data, tuple) else video


def _text(shape) -> str:
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"
