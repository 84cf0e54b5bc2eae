"""Class weights for classes of frames: Keras only supports classes of examples."""

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
    """Arguments of `fit` in which sample weights of frames replace class weights.

    If classes are of clips, nothing is replaced: Keras handles it.

    Args:
        class_weight: {class: weight}; missing classes have weight 1.
        x, y, sample_weight: as for `fit`: arrays, or a `tf.data.Dataset` of (video, targets).
        output: shape of the outputs [batch, time, ...], None if unknown.
        per: `"clip"`, `"frame"`, or None to infer it.

    Raises:
        InputError: sample weights are also given, or the form of the data is not supported.
    """
    if sample_weight is not None:
        raise InputError("class_weight and sample_weight are both given: give only one")

    def of_frames(video: Any, targets: Any) -> bool:
        outputs = tf.TensorSpec([None, video.shape[1], *output[2:]])
        return targets_per(tf.TensorSpec(targets.shape), outputs, per) == "frame"

    if isinstance(x, tf.data.Dataset):
        spec = x.element_spec
        if not isinstance(spec, tuple) or len(spec) != 2:
            raise InputError("class_weight needs targets: expected a dataset of (video, targets) pairs")
        if not of_frames(*spec):
            return {}
        rank = len(output)
        weighed = x.map(lambda video, y: (video, y, weights_of(class_weight, y, rank)), tf.data.AUTOTUNE)
        return {"x": weighed, "class_weight": None}
    if y is None:
        if per == "clip":
            return {}
        raise InputError(
            "class_weight does not support this form of data: use compile(targets_per='clip') if classes are of clips, "
            "or give sample_weight in the data, one for every frame"
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
        rank: rank of the outputs, [batch, time, ..., classes].
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
