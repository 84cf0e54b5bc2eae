"""The optimizer of a run: the group `optimizer` of gin files, and optimizers by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

import gin
import keras

from mpvn.checked import check_fields, checked
from mpvn.errors import InputError
from mpvn.ranges import Mark, Positive, PositiveOrZero, ShareBelowOne
from mpvn.runs.decay import CosineDecay
from mpvn.runs.types import OptimizerFunction


class _KnownOptimizer(Mark):
    words = "that names an optimizer of Keras"

    def fits(self, value: str) -> bool:
        known = {name.lower() for name, kind in vars(keras.optimizers).items() if isinstance(kind, type)}
        return value.lower() in known - {"optimizer"} or keras.saving.get_registered_object(value) is not None


OptimizerName: TypeAlias = Annotated[str, _KnownOptimizer()]
Optimizers: TypeAlias = keras.optimizers.Optimizer | list[keras.optimizers.Optimizer]


@gin.configurable("optimizer", module="training")
@dataclass(frozen=True)
class OptimizerSettings:
    """The optimizer of a run; `optimizer` in gin files.

    Attributes:
        kind: name of a Keras optimizer, or a function of (learning_rate, weight_decay, clipnorm) that returns an
            optimizer, such as `@sgd`, `@adam` or `@decoupled`.
        learning_rate: learning rate at the first step.
        decay: `"cosine"` decays the learning rate to 0 over the steps; None keeps it.
        weight_decay: weight decay of the optimizer.
        clip_norm: largest norm of a variable's gradient; None for no clipping.

    Raises:
        InputError: a value is not an expected one.
    """

    kind: OptimizerName | OptimizerFunction = "adam"
    learning_rate: Positive = 1e-3
    decay: Literal["cosine"] | None = None
    weight_decay: PositiveOrZero = 0.0
    clip_norm: Positive | None = None

    def __post_init__(self) -> None:
        check_fields(self, "optimizer")

    def make(self) -> Optimizers:
        """A new optimizer, or the result of the function `kind`.

        Raises:
            InputError: the kind is unknown, or does not accept these settings.
        """
        return make_optimizer(
            self.kind, self.learning_rate, weight_decay=self.weight_decay or None, clipnorm=self.clip_norm
        )

    def callbacks(self, steps: int, step: int) -> list[keras.callbacks.Callback]:
        """Callbacks that change the optimizer during training.

        Args:
            steps: total number of steps.
            step: step at which training begins.
        """
        return [CosineDecay(self.learning_rate, steps, step)] if self.decay else []


@gin.configurable(module="optimizers")
@checked
def sgd(
    learning_rate: float,
    weight_decay: float | None = None,
    clipnorm: float | None = None,
    momentum: ShareBelowOne = 0.9,
    nesterov: bool = False,
) -> keras.optimizers.Optimizer:
    """Keras's gradient descent with momentum, for `optimizer.kind = @sgd`."""
    return keras.optimizers.SGD(learning_rate, momentum, nesterov, weight_decay=weight_decay, clipnorm=clipnorm)


@gin.configurable(module="optimizers")
@checked
def adam(
    learning_rate: float,
    weight_decay: float | None = None,
    clipnorm: float | None = None,
    beta_1: ShareBelowOne = 0.9,
    beta_2: ShareBelowOne = 0.999,
    epsilon: Positive = 1e-7,
) -> keras.optimizers.Optimizer:
    """Keras's Adam, for `optimizer.kind = @adam`: a larger epsilon makes small gradients take small steps."""
    return keras.optimizers.Adam(learning_rate, beta_1, beta_2, epsilon, weight_decay=weight_decay, clipnorm=clipnorm)


def make_optimizer(kind: str | Callable, learning_rate: float, **config) -> Any:
    """A Keras optimizer, from its name or from a function of its settings.

    Raises:
        InputError: the name or a setting is unknown.
    """
    try:
        config = {"learning_rate": learning_rate, **config}
        return kind(**config) if callable(kind) else keras.optimizers.get({"class_name": kind, "config": config})
    except (ValueError, TypeError) as error:
        raise InputError(f"optimizer={kind!r} cannot be used: {str(error).splitlines()[0]}") from None
