"""MixUp: training on mixtures of two clips and of their labels (Zhang et al., mixup: Beyond Empirical Risk
Minimization, ICLR 2018)."""

import keras
import tensorflow as tf


def mixed(batches: tf.data.Dataset, alpha: float, num_classes: int, seed: int, first: int) -> tf.data.Dataset:
    """Mixes the clips within batches, as in the paper: with one share and one partner for each clip.

    A batch depends only on the seed and its number.

    Args:
        batches: batches of (video float [batch, ...], label int [batch]).
        alpha: parameter of the Beta(alpha, alpha) distribution of the clip's own share; above 0.
        num_classes: number of classes of the labels.
        seed: seed of the draws.
        first: number of the first batch, when training resumes.

    Returns:
        Batches of (video, probabilities of classes float [batch, classes]).
    """

    def mix(number: tf.Tensor, batch: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        video, label = batch
        seeds = [tf.random.fold_in(tf.stack([tf.cast(seed, tf.int64), number + first]), draw) for draw in range(2)]
        share = tf.cast(beta(seeds[0], alpha), video.dtype)
        partner = tf.random.experimental.stateless_shuffle(tf.range(tf.shape(video)[0]), seeds[1])
        classes = tf.one_hot(label, num_classes, dtype=video.dtype)
        return tuple(share * own + (1 - share) * tf.gather(own, partner) for own in (video, classes))

    return batches.enumerate().map(mix, num_parallel_calls=1).prefetch(1)


def beta(seed: tf.Tensor, alpha: float) -> tf.Tensor:
    """A draw of Beta(alpha, alpha): float64 [], for a seed int [2]."""
    seeds = [tf.random.fold_in(seed, draw) for draw in range(2)]
    gamma = tf.random.stateless_gamma([2], seeds[0], tf.cast(alpha + 1, tf.float64), dtype=tf.float64)
    uniform = 1 - tf.random.stateless_uniform([2], seeds[1], dtype=tf.float64)
    # Draws of Gamma(alpha) by those of Gamma(alpha + 1), in logarithms: for small alpha they would underflow.
    one, other = tf.unstack(tf.math.log(gamma) + tf.math.log(uniform) / alpha)
    return tf.sigmoid(one - other)


@keras.saving.register_keras_serializable("mpvn")
class ClassCrossEntropy(keras.losses.Loss):
    """Cross-entropy of logits in nats, with class indices or class probabilities, depending on shapes."""

    def __init__(
        self, name: str = "class_cross_entropy", reduction: str | None = "sum_over_batch_size", dtype: str | None = None
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        if y_true.shape.rank == y_pred.shape.rank and y_true.shape[-1] == y_pred.shape[-1]:
            return keras.losses.categorical_crossentropy(y_true, y_pred, from_logits=True)
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
