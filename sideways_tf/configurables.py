"""The names that gin files can set after `import sideways_tf.configurables`."""

from collections.abc import Sequence
from typing import Literal

import gin
from keras.optimizers import schedules
from keras.optimizers.schedules import LearningRateSchedule

import mpvn.runs.configurables  # noqa: F401 - the names of networks, data and tasks
from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork
from mpvn.ranges import Count, CountOrZero, Name, Positive, PositiveOrZero, ShareBelowOne
from sideways_tf import delay_compensation as compensation
from sideways_tf import diagnostics
from sideways_tf.decoupled import decoupled
from sideways_tf.model import SidewaysModel as Model
from sideways_tf.rules.chosen import Gradients

gin.external_configurable(diagnostics.gradient_diagnostics, module="sideways_tf")
gin.external_configurable(decoupled, module="sideways_tf")


# Keras's schedules have no type annotations.
@gin.configurable(module="schedules")
@checked
def CosineDecay(
    initial_learning_rate: PositiveOrZero,
    decay_steps: Count,
    alpha: PositiveOrZero = 0.0,
    name: Name = "CosineDecay",
    warmup_target: PositiveOrZero | None = None,
    warmup_steps: CountOrZero = 0,
) -> LearningRateSchedule:
    """The schedule of this name in `keras.optimizers.schedules`, like the next three."""
    return schedules.CosineDecay(initial_learning_rate, decay_steps, alpha, name, warmup_target, warmup_steps)


@gin.configurable(module="schedules")
@checked
def ExponentialDecay(
    initial_learning_rate: PositiveOrZero,
    decay_steps: Count,
    decay_rate: Positive,
    staircase: bool = False,
    name: Name = "ExponentialDecay",
) -> LearningRateSchedule:
    return schedules.ExponentialDecay(initial_learning_rate, decay_steps, decay_rate, staircase, name)


@gin.configurable(module="schedules")
@checked
def PiecewiseConstantDecay(
    boundaries: Sequence[Count], values: Sequence[PositiveOrZero], name: Name = "PiecewiseConstant"
) -> LearningRateSchedule:
    if len(values) != len(boundaries) + 1:
        raise InputError(
            f"PiecewiseConstantDecay has {len(boundaries)} boundaries and {len(values)} values: expected one value more"
        )
    return schedules.PiecewiseConstantDecay(list(boundaries), list(values), name)


@gin.configurable(module="schedules")
@checked
def PolynomialDecay(
    initial_learning_rate: PositiveOrZero,
    decay_steps: Count,
    end_learning_rate: PositiveOrZero = 0.0001,
    power: Positive = 1.0,
    cycle: bool = False,
    name: Name = "PolynomialDecay",
) -> LearningRateSchedule:
    return schedules.PolynomialDecay(initial_learning_rate, decay_steps, end_learning_rate, power, cycle, name)


@gin.configurable(module="sideways_tf")
@checked
def SidewaysModel(
    network: VideoNetwork,
    gradients: Gradients = "sideways",
    update: Literal["episode", "tick"] = "episode",
    engine: Literal["ticked", "folded"] = "ticked",
    replicas: Sequence[Sequence[str]] = (),
) -> Model:
    """The model of this name; see `sideways_tf.SidewaysModel`. `train.replicas` sets its replicas."""
    return Model(network, gradients, update, engine, replicas)


@gin.configurable(module="sideways_tf")
@checked
def delay_compensated_sgd(
    learning_rate: Positive | LearningRateSchedule,
    weight_decay: PositiveOrZero | None = None,
    clipnorm: Positive | None = None,
    momentum: ShareBelowOne = 0.9,
    spike: bool = False,
    prediction: bool = False,
) -> compensation.DelayCompensatedSGD:
    """An optimizer for delayed gradients; see `sideways_tf.DelayCompensatedSGD`."""
    return compensation.DelayCompensatedSGD(
        learning_rate, momentum, spike, prediction, weight_decay=weight_decay, clipnorm=clipnorm
    )
