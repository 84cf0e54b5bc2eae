"""Accumulators of the gradients of each tick in the loop: their sum, or all of them separately.

An accumulator's content is carried through the loop; `TickUpdate` is the third of this kind.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import keras
import tensorflow as tf

# {unit name: gradients of its variables, or None if no cotangent has arrived}
UnitGradients = Mapping[str, Sequence[tf.Tensor] | None]


class Accumulator(Protocol):
    """Collects the gradients of each tick.

    Attributes:
        variables: {unit name: trainable variables}.
        waits_until: {subnetwork: first tick at which its gradients count}; None takes them at every tick.
    """

    variables: Mapping[str, Sequence[keras.Variable]]

    @property
    def waits_until(self) -> Mapping[int, int] | None: ...

    def start(self, num_ticks: int) -> Any:
        """The content before the first tick."""

    def take(
        self, content: Any, subnetwork: int, gradients: UnitGradients, now: int | tf.Tensor, due: bool | tf.Tensor
    ) -> tuple[Any, list[tf.Tensor]]:
        """Takes the gradients of the units of a subnetwork that execute at tick `now`.

        `due` says whether they count: a Python bool if that is known. The caller's control dependencies hold for all of
        the new content, also of units to which no cotangent has arrived.

        Returns:
            The new content, and tensors that are computed after it.
        """

    def result(self, content: Any) -> Any:
        """The result of the loop, from the content after the last tick."""


class Sum:
    """Adds up the gradients of all ticks.

    Args:
        variables: {unit name: trainable variables}.
        device_of: function from a unit's name to its device.
    """

    waits_until = None  # takes gradients at every tick

    def __init__(
        self, variables: Mapping[str, Sequence[keras.Variable]], device_of: Callable[[str], str | None]
    ) -> None:
        self.variables, self.device_of = variables, device_of

    def start(self, num_ticks: int) -> Any:
        content = {}
        for name, values in self.variables.items():
            with tf.device(self.device_of(name)):
                content[name] = [tf.zeros(v.shape, v.dtype) for v in values]
        return content

    def take(
        self, content: Any, subnetwork: int, gradients: UnitGradients, now: int | tf.Tensor, due: bool | tf.Tensor
    ) -> tuple[Any, list[tf.Tensor]]:
        """Takes the gradients {unit name: gradients or None} of the units of a subnetwork that execute at tick `now`.

        Returns:
            The new content, and tensors that are computed after it.
        """
        for name, values in gradients.items():
            if values is None:
                content[name] = [tf.identity(before) for before in content[name]]
            else:
                content[name] = [before + value for before, value in zip(content[name], values, strict=True)]
        return content, [value for name in gradients for value in content[name]]

    def result(self, content: Any) -> Any:
        return content


class EachTick:
    """Keeps the gradients of every tick, [time, ...]; arguments as for `Sum`."""

    waits_until = None

    def __init__(
        self, variables: Mapping[str, Sequence[keras.Variable]], device_of: Callable[[str], str | None]
    ) -> None:
        self.variables, self.device_of = variables, device_of

    def start(self, num_ticks: int) -> Any:
        content = {}
        for name, values in self.variables.items():
            with tf.device(self.device_of(name)):
                content[name] = [tf.TensorArray(v.dtype, num_ticks, element_shape=v.shape) for v in values]
        return content

    def take(
        self, content: Any, subnetwork: int, gradients: UnitGradients, now: int | tf.Tensor, due: bool | tf.Tensor
    ) -> tuple[Any, list[tf.Tensor]]:
        for name, values in gradients.items():
            if values is None:  # entries that are never written are read as zeros
                content[name] = [array.identity() for array in content[name]]
            else:
                content[name] = [array.write(now, value) for array, value in zip(content[name], values, strict=True)]
        return content, [value for values in gradients.values() for value in values or ()]

    def result(self, content: Any) -> Any:
        stacked = {}
        for name, arrays in content.items():
            with tf.device(self.device_of(name)):
                stacked[name] = [array.stack() for array in arrays]
        return stacked
