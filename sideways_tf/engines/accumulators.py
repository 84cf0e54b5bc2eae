"""What becomes of the gradients of each tick in the loop: their sum, or all of them one by one.

An accumulator's content is carried through the loop; `TickUpdate` is the third of this kind.
"""

import tensorflow as tf


class Sum:
    """Adds up the gradients of all ticks.

    Args:
        variables: {unit name: trainable variables}.
        device_of: function of a unit's name that gives its device.
    """

    waits_until = None  # takes gradients at every tick

    def __init__(self, variables, device_of) -> None:
        self.variables, self.device_of = variables, device_of

    def start(self, num_ticks: int):
        content = {}
        for name, values in self.variables.items():
            with tf.device(self.device_of(name)):
                content[name] = [tf.zeros(v.shape, v.dtype) for v in values]
        return content

    def take(self, content, subnetwork: int, gradients, now, due):
        """Takes the gradients {unit name: gradients or None} of the units of a subnetwork that execute at tick `now`.

        Returns:
            The new content, and tensors that are there once it is.
        """
        arrived = {name: values for name, values in gradients.items() if values is not None}
        for name, values in arrived.items():
            content[name] = [before + value for before, value in zip(content[name], values, strict=True)]
        return content, [value for name in arrived for value in content[name]]

    def result(self, content):
        return content


class EachTick:
    """Keeps the gradients of every tick, [time, ...]; arguments as for `Sum`."""

    waits_until = None

    def __init__(self, variables, device_of) -> None:
        self.variables, self.device_of = variables, device_of

    def start(self, num_ticks: int):
        content = {}
        for name, values in self.variables.items():
            with tf.device(self.device_of(name)):
                content[name] = [tf.TensorArray(v.dtype, num_ticks, element_shape=v.shape) for v in values]
        return content

    def take(self, content, subnetwork: int, gradients, now, due):
        arrived = {name: values for name, values in gradients.items() if values is not None}
        for name, values in arrived.items():  # what is never written is read as zeros
            content[name] = [array.write(now, value) for array, value in zip(content[name], values, strict=True)]
        return content, [value for values in arrived.values() for value in values]

    def result(self, content):
        stacked = {}
        for name, arrays in content.items():
            with tf.device(self.device_of(name)):
                stacked[name] = [array.stack() for array in arrays]
        return stacked
