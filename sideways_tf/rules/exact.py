"""Exact gradients: backpropagation through time, the adjoint of the delay."""

import keras

from mpvn.engines.registers import Adjoint, Crossing
from mpvn.schedule.delays import Read
from mpvn.schedule.schedule import Schedule
from sideways_tf.rules.rule import GradientRule


@keras.saving.register_keras_serializable("sideways_tf")
class Exact(GradientRule):
    """Every cotangent goes back to the execution that was read: `g_u[t] = sum over readers of c_{v->u}[t + d]`.

    This is how Massively Parallel Video Networks are trained.
    """

    name = "exact"
    causal = False

    def crossing(self, schedule: Schedule, read: Read, at: range, num_frames: int, start_tick: int) -> Crossing:
        return Adjoint.crossing(self, schedule, read, at, num_frames, start_tick)

    def first_ticks(self, schedule: Schedule) -> dict[str, int]:
        """All ticks with a loss count: exact gradients have no masks."""
        return dict.fromkeys(schedule.names, schedule.reach)
