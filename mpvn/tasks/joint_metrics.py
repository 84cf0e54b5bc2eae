"""Distances between predicted and true joints. Only visible joints count."""

from typing import Any

import keras
import tensorflow as tf

from mpvn.tasks.heatmaps import peaks

ALPHA = 0.2  # share of the reference length within which a joint is correct


def joint_error(joints: tf.Tensor, points: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Distances of joints in pixels of the frame.

    Args:
        joints: [..., joints, 3], (x, y) in pixels of the frame, and 1 where the joint can be seen, else 0.
        points: [..., joints, 2], predicted, (x, y) in pixels of the frame.

    Returns:
        Values [..., joints], and the weights [..., joints] with which they count, 0 or 1.
    """
    return tf.norm(joints[..., :2] - points, axis=-1), joints[..., 2]


def pck(joints: tf.Tensor, points: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """PCK@0.2: whether each joint is within 0.2 of the reference length; arguments and result as for `joint_error`.

    The reference length is the longer side of the box around the joints of the frame (Yang and Ramanan, "Articulated
    pose estimation with flexible mixtures-of-parts", CVPR 2011). The box holds only visible joints, which is
    our choice; with fewer than two, it has no length and no joint counts.
    """
    distance, seen = joint_error(joints, points)
    inside = (seen > 0)[..., tf.newaxis]
    far = joints.dtype.max
    low = tf.reduce_min(tf.where(inside, joints[..., :2], far), -2)
    high = tf.reduce_max(tf.where(inside, joints[..., :2], -far), -2)
    length = tf.reduce_max(high - low, -1, keepdims=True)
    right = tf.cast(distance <= ALPHA * length, joints.dtype)
    return right, seen * tf.cast(length > 0, joints.dtype)


MEASURES = {"pck": pck, "joint_error": joint_error}


@keras.saving.register_keras_serializable("mpvn")
class JointMetric(keras.metrics.Mean):
    """The mean of `pck` or `joint_error` over all joints that count.

    Args:
        measure: `"pck"` or `"joint_error"`.
        stride: pixels of the frame per heatmap pixel.

    Shapes: targets [..., joints, 3], outputs [..., height, width, joints], logits of heatmaps.
    """

    def __init__(self, measure: str, stride: int, name: str | None = None, **kwargs) -> None:
        super().__init__(name=name or measure, **kwargs)
        self.measure, self.stride = measure, stride

    def update_state(
        self, y_true: tf.Tensor, y_pred: tf.Tensor, sample_weight: tf.Tensor | None = None
    ) -> tf.Operation | None:
        values, weights = MEASURES[self.measure](tf.cast(y_true, y_pred.dtype), peaks(y_pred)[0] * self.stride)
        if sample_weight is not None:
            weights *= tf.cast(sample_weight, weights.dtype)[..., tf.newaxis]
        return super().update_state(values, weights)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"measure": self.measure, "stride": self.stride}
