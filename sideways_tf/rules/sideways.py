"""Sideways: cotangents travel forward in time, through their own registers."""

import keras

from mpvn.schedule.delays import Read
from sideways_tf.rules.rule import GradientRule


@keras.saving.register_keras_serializable("sideways_tf")
class Sideways(GradientRule):
    """Each tick's cotangent meets the activations that its subnetwork holds at that tick.

    `g_u[t] = sum over readers of c_{v->u}[t - d]`: equations (3) and (4) of Sideways, section 3.4. With fresh skip
    connections this is Skip-Sideways.
    """

    name = "sideways"

    def route(self, read: Read) -> tuple[int, int]:
        """The path of the value: the delay of the edge, and as many executions later as the tap is old."""
        return read.delay, read.tap
