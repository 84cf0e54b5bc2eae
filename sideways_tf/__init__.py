"""Training depth-parallel video networks with Sideways pseudo-gradients."""

from sideways_tf.compensation import DelayCompensatedSGD
from sideways_tf.model import SidewaysModel
from sideways_tf.pseudo_gradients import pseudo_gradients

__all__ = ["DelayCompensatedSGD", "SidewaysModel", "pseudo_gradients"]
