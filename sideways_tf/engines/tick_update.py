"""The tick update: weights change at every tick, as soon as a subnetwork's pseudo-gradient is available."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import keras
import tensorflow as tf

from mpvn.schedule.schedule import Schedule
from sideways_tf.engines.accumulators import UnitGradients
from sideways_tf.engines.weight_penalties import weight_penalties


class Optimizers(Protocol):
    """What updates the weights of one subnetwork: `sideways_tf.optimizers.SubnetworkOptimizers`."""

    def apply_to(
        self, subnetwork: int, grads: Sequence[tf.Tensor], trainable_variables: Sequence[keras.Variable]
    ) -> None:
        """Updates weights of one subnetwork."""


class TickUpdate:
    """Updates the weights of a subnetwork with its gradients at a tick (Sideways, 3.4, with L = 1).

    A subnetwork is updated from the first tick at which the masks gamma of all its units are 1. Variables of a unit
    that does not execute at a tick do not change.

    Args:
        schedule: of the network.
        variables: {unit name: trainable variables}.
        optimizers: `SubnetworkOptimizers`.
        scale: what the loss was multiplied by, or None: with it, gradients that are not finite are skipped.
    """

    def __init__(
        self,
        schedule: Schedule,
        variables: Mapping[str, Sequence[keras.Variable]],
        optimizers: Optimizers,
        scale: tf.Tensor | None = None,
    ) -> None:
        self.variables, self.optimizers, self.scale = variables, optimizers, scale
        self.waits_until = {
            i: max(
                # A unit without a path to the loss has no gradient to wait for.
                (schedule.gamma_from.get(unit.name, 0) for unit in schedule.subnetwork_units(i)),
                default=0,
            )
            for i in range(schedule.num_subnetworks)
        }

    def start(self, num_ticks: int) -> tf.Tensor:
        return tf.constant(0)  # skipped updates

    def take(
        self, content: tf.Tensor, subnetwork: int, gradients: UnitGradients, now: int | tf.Tensor, due: bool | tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """See `Sum.take`; `due` says whether the mask is 1, a Python bool if that is known."""
        variables = [variable for name in gradients for variable in self.variables[name]]
        if due is False or not variables:
            return content, []
        # Momentum and decay continue even if no cotangent has arrived.
        values = [
            value
            for name, arrived in gradients.items()
            for value in arrived or [tf.zeros(v.shape, v.dtype) for v in self.variables[name]]
        ]
        if self.scale is not None:
            values = [value / tf.cast(self.scale, value.dtype) for value in values]
        _, of_penalties = weight_penalties(variables)
        values = [
            value if penalty is None else value + penalty for value, penalty in zip(values, of_penalties, strict=True)
        ]

        def update():
            self.optimizers.apply_to(subnetwork, values, variables)
            return tf.constant(0)

        if self.scale is not None:
            finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(value)) for value in values])
            due = tf.logical_and(due, finite)
            content += tf.cast(~finite, tf.int32)
        if due is True:
            update()
            return content, []
        return content, [tf.cond(due, update, lambda: tf.constant(0))]

    def result(self, content: tf.Tensor) -> tf.Tensor:
        return content
