"""Hybrid parallelism: several replicas of a pipeline, each on its own devices, share the clips of a batch.

Pipelining within a replica, data parallelism across them (Ben-Nun and Hoefler, section 6.4).
"""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork


class Replicas:
    """A placed network and copies of it, which keep no state between two steps.

    Args:
        network: a network from `VideoNetwork.place`; its weights are trained, saved and used.
        devices: for every copy, names of devices in the order of the subnetworks, as for `VideoNetwork.place`.

    Raises:
        InputError: the network is not placed, or a device belongs to two replicas.
    """

    def __init__(self, network: VideoNetwork, devices: Sequence[Sequence[str]]) -> None:
        if network.devices is None:
            raise InputError("replicas need a placed network: call network.place(devices) first")
        self.networks = [network, *(network.place(names) for names in devices)]
        taken = [device for network in self.networks for device in set(network.devices or ())]
        twice = sorted({device for device in taken if taken.count(device) > 1})
        if twice:
            raise InputError(f"{', '.join(twice)} would belong to two replicas: give each replica its own devices")

    def gradients(self, clips: Sequence, function: Callable) -> tuple[tf.Tensor, list[tf.Tensor], tf.Tensor]:
        """Computes the gradients of a batch: every replica processes an equal share.

        Gradients are averaged on the devices of the first replica's variables, which are updated there; the copies get
        the new values before the next step. Batch normalisation sees each share separately; its moving averages are
        averaged.

        Args:
            clips: tensors [batch, ...] or None, such as videos, targets and weights.
            function: function of a network and its share of `clips` that returns a loss, gradients in the order of the
                trainable variables, and outputs [batch, ...].

        Returns:
            The mean loss, the mean gradients, and the outputs of all clips in order.

        Raises:
            tf.errors.InvalidArgumentError: the batch cannot be shared equally.
        """
        self._copy_weights()
        shares = zip(*(self._shares(values) for values in clips), strict=True)
        results = []
        for network, share in zip(self.networks, shares, strict=True):
            with network.pipeline.on_some_device():
                results.append(function(network, *share))
        losses, gradients, outputs = zip(*results, strict=True)
        first = self.networks[0]
        averaged = [
            _mean(variable, of_replicas)
            for variable, *of_replicas in zip(first.trainable_variables, *gradients, strict=True)
        ]
        for variable, *copies in zip(*(net.non_trainable_variables for net in self.networks), strict=True):
            if tf.as_dtype(variable.dtype).is_floating:
                variable.assign(_mean(variable, [variable.value, *(copy.value for copy in copies)]))
        with first.pipeline.on_device(-1):
            return tf.add_n(losses) / len(losses), averaged, tf.concat(outputs, 0)

    def _copy_weights(self) -> None:
        first, *copies = self.networks
        for i, network in enumerate(copies, start=1):
            for variable, copy in zip(first.variables, network.variables, strict=True):
                with tf.device(copy.value.device):
                    value = tf.identity(variable.value)
                    # Seeds of random numbers: different for every replica, but derived from the first's.
                    copy.assign(value if tf.as_dtype(variable.dtype).is_floating else value + tf.cast(i, value.dtype))

    def _shares(self, values: tf.Tensor | None) -> list:
        count = len(self.networks)
        if values is None:
            return [None] * count
        with self.networks[0].pipeline.on_device(0):
            check = tf.debugging.assert_equal(
                tf.shape(values)[0] % count,
                0,
                f"a batch cannot be shared by {count} replicas: make train.batch_size a multiple of it",
            )
            with tf.control_dependencies([check] if check is not None else []):
                return tf.split(values, count)


def _mean(variable: keras.Variable, values: Sequence[tf.Tensor]) -> tf.Tensor:
    with tf.device(variable.value.device):
        return tf.add_n(list(values)) / len(values)
