"""The tick update: weights move at every tick, as soon as a subnetwork's pseudo-gradient is there."""

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
    """Takes the gradients of a subnetwork at a tick and updates its weights with them (Sideways, 3.4, with L = 1).

    A subnetwork is updated from the first tick on at which the masks gamma of all its units are 1. Variables of a unit
    that does not execute at a tick are left alone.

    Args:
        schedule: of the network.
        variables: {unit name: trainable variables}.
        optimizers: `SubnetworkOptimizers`.
        scale: what the loss was multiplied by, or None: with it, gradients that are not finite are passed over.
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
                # A unit that nothing leads from to the loss has no gradient to wait for.
                (schedule.gamma_from.get(unit.name, 0) for unit in schedule.subnetwork_units(i)),
                default=0,
            )
            for i in range(schedule.num_subnetworks)
        }

    def start(self, num_ticks: int) -> tf.Tensor:
        return tf.constant(0)  # updates that were passed over

    def take(
        self, content: tf.Tensor, subnetwork: int, gradients: UnitGradients, now: int | tf.Tensor, due: bool | tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """See `Sum.take`; `due` says whether the mask is 1, a Python bool wherever that is known."""
        variables = [variable for name in gradients for variable in self.variables[name]]
        if due is False or not variables:
            return content, []
        # Where no cotangent has arrived, momentum and decay go on all the same.
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
