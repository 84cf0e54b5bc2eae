"""Heatmaps of joints: target discs, their cross-entropy, and the conversion back to points.

A heatmap pixel covers `stride` x `stride` pixels of the frame. Points are (x, y) from the upper left corner, so that
the centre of the first pixel is (0.5, 0.5).
"""

from typing import Any

import keras
import tensorflow as tf

_WINDOW = 3  # pixels per side of the window for a point


def discs(joints: tf.Tensor, size: tuple[int, int], stride: int, radius: float) -> tf.Tensor:
    """Target discs of joints.

    Args:
        joints: [..., joints, 3], (x, y) in pixels of the frame, and 1 where the joint can be seen, else 0.
        size: (height, width) of the heatmaps.
        stride: see above.
        radius: radius of a disc, in heatmap pixels.

    Returns:
        bool [..., height, width, joints], true for pixels whose centre is at most `radius` from a joint that is seen.
    """
    x, y, seen = (joints[..., tf.newaxis, :, i] for i in range(3))
    rows, columns = (tf.range(length, dtype=joints.dtype)[:, tf.newaxis] + 0.5 for length in size)
    distance = ((rows - y / stride) ** 2)[..., tf.newaxis, :] + ((columns - x / stride) ** 2)[..., tf.newaxis, :, :]
    return (distance <= radius**2) & (seen > 0)[..., tf.newaxis, :]


def peaks(logits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The peak of each heatmap.

    The point is the centre of mass of the 3 x 3 window with the largest sum of probabilities. For discs of about that
    size, this gives positions between pixels.

    Args:
        logits: [..., height, width, joints].

    Returns:
        Points [..., joints, 2], (x, y) in heatmap pixels, and scores [..., joints], the largest probability.
    """
    shape = tf.shape(logits)
    height, width, joints = logits.shape[-3:]
    maps = tf.reshape(logits, [-1, height, width, joints])
    logs = tf.math.log_sigmoid(maps)
    best = tf.reduce_max(logs, [1, 2], keepdims=True)
    masses = tf.exp(logs - best)  # relative to the largest one, because no map may vanish
    rows, columns = (tf.range(length, dtype=maps.dtype) + 0.5 for length in (height, width))
    moments = tf.stack([masses, masses * columns[:, tf.newaxis], masses * rows[:, tf.newaxis, tf.newaxis]], -1)
    moments = tf.reshape(moments, [-1, height, width, joints * 3])
    around = [[0, 0], [_WINDOW // 2] * 2, [_WINDOW // 2] * 2, [0, 0]]
    sums = tf.nn.avg_pool2d(tf.pad(moments, around), _WINDOW, 1, "VALID")
    sums = tf.transpose(tf.reshape(sums, [-1, height * width, joints, 3]), [0, 2, 1, 3])
    chosen = tf.gather(sums, tf.argmax(sums[..., 0], -1), batch_dims=2)
    points = chosen[..., 1:] / chosen[..., :1]
    points = tf.reshape(points, tf.concat([shape[:-3], [joints, 2]], 0))
    return points, tf.reshape(tf.exp(best), tf.concat([shape[:-3], [joints]], 0))


@keras.saving.register_keras_serializable("mpvn")
class HeatmapCrossEntropy(keras.losses.Loss):
    """Sigmoid cross-entropy, mean over pixels and joints, in which joint pixels count `weight` times.

    Source: MPVN, section 4.2. Our choice: joint pixels are a disc around the joint, and invisible joints have none.

    Args:
        stride: pixels of the frame per heatmap pixel.
        radius: radius of the discs, in heatmap pixels.
        weight: weight of joint pixels.

    Shapes: targets [..., joints, 3] (see `discs`), outputs [..., height, width, joints], values [...].
    """

    def __init__(
        self, stride: int, radius: float = 1.0, weight: float = 10.0, name: str = "heatmap_cross_entropy", **kwargs
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.stride, self.radius, self.weight = stride, radius, weight

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        truth = tf.cast(discs(y_true, y_pred.shape[-3:-1], self.stride, self.radius), y_pred.dtype)
        values = tf.nn.weighted_cross_entropy_with_logits(truth, y_pred, self.weight)
        return tf.reduce_mean(values, [-3, -2, -1])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"stride": self.stride, "radius": self.radius, "weight": self.weight}
