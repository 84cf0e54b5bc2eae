"""Delay compensation: optimizers for delayed gradients."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.layers.keras_insides import index_in


@keras.saving.register_keras_serializable("sideways_tf")
class DelayCompensatedSGD(keras.optimizers.Optimizer):
    """Gradient descent with momentum that compensates for gradients that are `delay` updates old.

    With velocity `v`, momentum `m`, delay `D` and learning rate `h`, the plain step is `w -= h v`.

    - Spike compensation: `w -= h (m^D v + (1 - m^D) / (1 - m) g)`. It adds at once what a gradient would have
      contributed in the updates that it missed.
    - Linear weight prediction: the network computes with `w - h D v`, the predicted weights for the time when the
      gradient of this forward pass arrives. The variables hold the predicted weights during training, and the true
      weights again after `fit` (`finalize_variable_values`).

    Source: Kosson et al., Pipelined Backpropagation at Scale (arXiv 2003.11666), section 3.

    Args:
        learning_rate: `h`.
        momentum: `m`, at least 0 and less than 1.
        spike: whether to use spike compensation.
        prediction: whether to use linear weight prediction.
        delay: `D` in updates; None lets `SidewaysModel` set it for every subnetwork.
        **kwargs: arguments of every Keras optimizer.
    """

    def __init__(
        self,
        learning_rate: float | keras.optimizers.schedules.LearningRateSchedule = 0.01,
        momentum: float = 0.9,
        spike: bool = False,
        prediction: bool = False,
        delay: float | None = None,
        name: str = "delay_compensated_sgd",
        **kwargs,
    ) -> None:
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        if not 0 <= momentum < 1:
            raise InputError(f"momentum={momentum!r}: expected a number of at least 0 and less than 1")
        if delay is not None and delay < 0:
            raise InputError(f"delay={delay!r}: expected a number of updates, at least 0")
        self.momentum = momentum
        self.spike = spike
        self.prediction = prediction
        self.delay = delay

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Makes the slots of the variables."""
        if self.built:
            return
        super().build(variables)
        self._velocity = self.add_optimizer_variables(variables, "velocity")
        # Difference between the variables and the true weights.
        self._ahead: Any = self.add_optimizer_variables(variables, "ahead") if self.prediction else None

    def update_step(self, gradient: tf.Tensor, variable: keras.Variable, learning_rate: tf.Tensor) -> None:
        """Updates one variable with its gradient, of the same shape."""
        index, delay = index_in(self, variable), self.delay or 0
        learning_rate = keras.ops.cast(learning_rate, variable.dtype)
        gradient = keras.ops.cast(gradient, variable.dtype)
        velocity = self.momentum * self._velocity[index] + gradient
        step = velocity
        if self.spike:
            kept = self.momentum**delay
            step = kept * velocity + (1 - kept) / (1 - self.momentum) * gradient
        change = -learning_rate * step
        if self.prediction:
            ahead = -learning_rate * delay * velocity
            change = change + ahead - self._ahead[index]
            self.assign(self._ahead[index], ahead)
        self.assign(self._velocity[index], velocity)
        self.assign_add(variable, change)

    def finalize_variable_values(self, var_list: Sequence[keras.Variable]) -> None:
        super().finalize_variable_values(var_list)
        for variable in var_list if self.prediction else ():
            ahead = self._ahead[index_in(self, variable)]
            variable.assign(variable - ahead)
            ahead.assign(keras.ops.zeros_like(ahead))

    def get_config(self) -> dict[str, Any]:
        settings = ("momentum", "spike", "prediction", "delay")
        return super().get_config() | {name: getattr(self, name) for name in settings}
