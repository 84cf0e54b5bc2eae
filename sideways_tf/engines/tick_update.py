"""The tick update: weights move at every tick, as soon as a subnetwork's pseudo-gradient is there."""

import tensorflow as tf


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

    def __init__(self, schedule, variables, optimizers, scale=None) -> None:
        self.variables, self.optimizers, self.scale = variables, optimizers, scale
        self.waits_until = {
            i: max(
                # A unit that nothing leads from to the loss has no gradient to wait for.
                (schedule.gamma_from.get(unit.name, 0) for unit in schedule.subnetwork_units(i)),
                default=0,
            )
            for i in range(schedule.num_subnetworks)
        }

    def start(self, num_ticks: int):
        return tf.constant(0)  # updates that were passed over

    def take(self, content, subnetwork: int, gradients, now, due):
        """See `Sum.take`; `due` says whether the mask is 1, a Python bool wherever that is known."""
        variables = [variable for name in gradients for variable in self.variables[name]]
        if due is False or not variables:
            return content, []
        # Where no cotangent has arrived, momentum and decay go on all the same.
        values = [
            value
            for name, found in gradients.items()
            for value in found or [tf.zeros(v.shape, v.dtype) for v in self.variables[name]]
        ]
        if self.scale is not None:
            values = [value / tf.cast(self.scale, value.dtype) for value in values]

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

    def result(self, content):
        return content
