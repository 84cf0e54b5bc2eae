"""Training depth-parallel video networks with Sideways pseudo-gradients."""

from sideways_tf.pseudo_gradients import pseudo_gradients

__all__ = ["pseudo_gradients"]
