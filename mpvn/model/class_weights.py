"""Weights of classes where classes are of frames: Keras knows only classes of examples."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.layers.types import Shape
from mpvn.model.targets import targets_per


def sample_weights_of_classes(
    class_weight: Mapping[int, float], x: Any, y: Any, sample_weight: Any, output: Shape, per: str | None
) -> dict[str, Any]:
    """Arguments of `fit` in which weights of frames stand for weights of classes.

    Where classes are of clips, nothing is replaced: Keras does it.

    Args:
        class_weight: {class: weight}; a class that is left out has weight 1.
        x, y, sample_weight: as for `fit`: arrays, or a `tf.data.Dataset` of (video, targets).
        output: shape of the outputs [batch, time, ...], None if unknown.
        per: `"clip"`, `"frame"`, or None to infer it.

    Raises:
        InputError: weights of samples are given, too, or the data come in a form that cannot be looked into.
    """
    if sample_weight is not None:
        raise InputError("class_weight and sample_weight are given together: give one of them")

    def of_frames(video: Any, targets: Any) -> bool:
        outputs = tf.TensorSpec([None, video.shape[1], *output[2:]])
        return targets_per(tf.TensorSpec(targets.shape), outputs, per) == "frame"

    if isinstance(x, tf.data.Dataset):
        spec = x.element_spec
        if not isinstance(spec, tuple) or len(spec) != 2:
            raise InputError("class_weight needs a dataset of (video, targets) pairs")
        if not of_frames(*spec):
            return {}
        rank = len(output)
        weighed = x.map(lambda video, y: (video, y, weights_of(class_weight, y, rank)), tf.data.AUTOTUNE)
        return {"x": weighed, "class_weight": None}
    if y is None:
        if per == "clip":
            return {}
        raise InputError(
            "class_weight with data that cannot be looked into: compile(targets_per='clip') if classes are of clips, "
            "or let the data hold sample_weight, one for every frame"
        )
    if not of_frames(x, y):
        return {}
    return {"sample_weight": weights_of(class_weight, y, len(output)), "class_weight": None}


def weights_of(class_weight: Mapping[int, float], targets: Any, rank: int) -> tf.Tensor:
    """[batch, time, ...]: the weight of the class of every frame.

    Args:
        class_weight: {class: weight}.
        targets: indices [batch, time, ...], with or without a last axis of length one, or one-hot [batch, time, ...,
            classes].
        rank: of the outputs, [batch, time, ..., classes].
    """
    targets = tf.convert_to_tensor(targets)
    if targets.shape.rank == rank and targets.shape[-1] != 1:
        targets = tf.argmax(targets, -1)
    elif targets.shape.rank == rank:
        targets = targets[..., 0]
    classes = tf.cast(tf.round(targets) if targets.dtype.is_floating else targets, tf.int64)
    weights = tf.ones(tf.shape(classes), keras.config.floatx())
    for index, weight in class_weight.items():
        weights = tf.where(classes == int(index), tf.cast(weight, weights.dtype), weights)
    return weights
