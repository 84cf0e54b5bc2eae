"""Checks the inputs of a network."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mpvn.engines.network import Network, TakesFrames
from mpvn.engines.tick_by_tick import moved_when_called
from mpvn.errors import InputError
from mpvn.layers.keras_insides import layers_inside
from mpvn.layers.normalization import BatchNormalization
from mpvn.schedule.schedule import Schedule

ENGINES = ("folded", "ticked")
_SPARSE = (tf.RaggedTensor, tf.RaggedTensorSpec, tf.SparseTensor, tf.SparseTensorSpec)


def check_engine(engine: str, schedule: Schedule) -> None:
    """Raises InputError unless the engine is known and can run the schedule."""
    if engine not in ENGINES:
        raise InputError(f"engine={engine!r} is unknown: expected {', '.join(map(repr, ENGINES))} or None")
    if engine == "folded" and schedule.has_feedback:
        raise InputError("engine='folded' cannot run feedback, which needs the previous tick: use engine='ticked'")


def check_frames(
    frames: tf.Tensor | np.ndarray, what: str, leading: tuple[str, ...], network: TakesFrames
) -> tf.Tensor | np.ndarray:
    """Returns frames as a tensor, if their shape and type fit.

    Args:
        frames: array or tensor `[*leading, *frame_shape]`.
        what: their name in errors.
        leading: names of the axes before the axes of a frame.
        network: the network that takes them.

    Raises:
        InputError: wrong rank or frame shape, or a type that the network does not take.
    """
    frame_shape = network.frame_shape
    expected = f"[{', '.join([*leading, *map(str, frame_shape)])}]"
    shape = getattr(frames, "shape", None)
    if shape is None:
        frames = tf.convert_to_tensor(frames)
        shape = frames.shape
    check_known(frames, what, expected)
    if len(shape) != len(leading) + len(frame_shape) or any(
        size is not None and size != wanted for size, wanted in zip(shape[len(leading) :], frame_shape, strict=True)
    ):
        advice = "resize it or build the network for it"
        if len(shape) != len(leading) + len(frame_shape):
            advice = f"it has {len(shape)} axes, not {len(leading) + len(frame_shape)}"
        raise InputError(f"the {what} has shape {_text(shape)}: expected {expected}; {advice}")
    name = getattr(frames.dtype, "name", str(frames.dtype))
    preprocessing = network.preprocessing
    if "float" not in name and not (name == "uint8" and preprocessing.takes_8_bit):
        raise InputError(f"the {what} has type {name}: expected {preprocessing.advice}")
    if tf.executing_eagerly() and isinstance(frames, (np.ndarray, tf.Tensor)) and preprocessing.looks:
        preprocessing.look_at(np.asarray(frames))
    return frames


def check_known(value: Any, what: str, expected: str) -> None:
    """Raises InputError if the shape of a tensor is unknown, or the tensor is not dense."""
    if isinstance(value, _SPARSE):
        raise InputError(f"the {what} is {type(value).__name__}: expected a dense tensor {expected}; convert it")
    shape = value.shape
    if isinstance(shape, tf.TensorShape) and shape.rank is None:
        raise InputError(
            f"the shape of the {what} is unknown: expected {expected}; set it where the dataset is made, with "
            f"output_signature=tf.TensorSpec(shape, dtype) in Dataset.from_generator, or with tf.ensure_shape in map"
        )


def check_video(network: TakesFrames, video: tf.Tensor | np.ndarray, needed: int = 1) -> tf.Tensor | np.ndarray:
    """`check_frames` for a video `[batch, time, *frame]` of a known length, at least `needed` frames."""
    video = check_frames(video, "video", ("batch", "time"), network)
    if video.shape[1] is None:
        raise InputError(
            f"the video has shape {_text(video.shape)}, with an unknown number of frames: expected a fixed length; "
            f"batch clips of the same length together"
        )
    if video.shape[1] < needed:
        raise InputError(
            f"the video has {video.shape[1]} frames, but this network needs {needed} for a first valid "
            f"output with a target: give at least {needed} frames or use fewer subnetworks"
        )
    return video


def check_data(network: TakesFrames, data: Any, needed: int) -> None:
    """`check_video` for the data of `fit`, `evaluate` and `predict`, before Keras builds anything from it."""
    others: list[Any] = []
    if isinstance(data, tf.data.Dataset):
        data = data.element_spec
        if isinstance(data, tuple):
            data, *others = data
    if hasattr(data, "shape") and hasattr(data, "dtype"):
        check_video(network, data, needed)
    for what, spec in zip(("targets", "weights"), others, strict=False):
        for part in tf.nest.flatten(spec):
            check_known(part, what, "[batch, ...]")


def check_tick_order(network: Network) -> None:
    """Raises InputError if units share a layer that changes its weights when called: units run in sequence here."""
    users: dict[keras.layers.Layer, str] = {}
    for unit in network.wiring.units:
        per_tick = getattr(unit.layer, "normalizations", [])
        ours = [layer for layer in layers_inside(unit.layer) if isinstance(layer, BatchNormalization)]
        moved = [*moved_when_called(unit.layer), *(layer for layer in [*ours, *per_tick] if layer.trainable)]
        for layer in moved:
            if layer in users:
                raise InputError(
                    f"units {users[layer]!r} and {unit.name!r} share layer {layer.name!r} ({type(layer).__name__}), "
                    f"whose averages would not change in tick order: freeze the layer, or use engine='ticked'"
                )
            users[layer] = unit.name


def check_own_weights(network: Network) -> None:
    """Raises InputError if two units share a trainable weight, whose gradients would have to be summed."""
    users: dict[int, str] = {}
    for unit in network.wiring.units:
        for variable in unit.layer.trainable_variables:
            if id(variable) in users:
                raise InputError(
                    f"units {users[id(variable)]!r} and {unit.name!r} share weight {variable.path!r}: expected "
                    f"separate weights for every unit; train with VideoNetwork.fit, or give each unit its own layer"
                )
            users[id(variable)] = unit.name


def assert_finite(video: tf.Tensor) -> tf.Operation | None:
    """An operation that fails if the video contains NaN or infinity, with their position."""
    video = tf.convert_to_tensor(video)
    if not video.dtype.is_floating:
        return tf.no_op()
    finite = tf.reduce_all(tf.math.is_finite(video), axis=list(range(2, len(video.shape))))
    where = ["the video is not finite (NaN or infinity) at [clip of the batch, frame]:", tf.where(~finite)[:1]]
    return tf.debugging.Assert(tf.reduce_all(finite), where)


def _text(shape: Iterable[int | None]) -> str:
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"
