"""The names that gin files can set once they say `import sideways_tf.configurables`."""

from collections.abc import Sequence
from typing import Literal

import gin
import keras

import mpvn.runs.configurables  # noqa: F401 - the names of networks, data and tasks
from mpvn.checked import checked
from mpvn.model.network import VideoNetwork
from mpvn.ranges import Positive, PositiveOrZero, ShareBelowOne
from sideways_tf import delay_compensation as compensation
from sideways_tf import diagnostics
from sideways_tf.decoupled import decoupled
from sideways_tf.model import SidewaysModel as Model
from sideways_tf.rules.chosen import Gradients

gin.external_configurable(diagnostics.gradient_diagnostics, module="sideways_tf")
gin.external_configurable(decoupled, module="sideways_tf")
for _schedule in ("CosineDecay", "ExponentialDecay", "PiecewiseConstantDecay", "PolynomialDecay"):
    gin.external_configurable(getattr(keras.optimizers.schedules, _schedule), module="schedules")


@gin.configurable(module="sideways_tf")
@checked
def SidewaysModel(
    network: VideoNetwork,
    gradients: Gradients = "sideways",
    update: Literal["episode", "tick"] = "episode",
    engine: Literal["ticked", "folded"] = "ticked",
    replicas: Sequence[Sequence[str]] = (),
) -> Model:
    """The model of that name; see `sideways_tf.SidewaysModel`. `train.replicas` gives it its replicas."""
    return Model(network, gradients, update, engine, replicas)


@gin.configurable(module="sideways_tf")
@checked
def delay_compensated_sgd(
    learning_rate: Positive | keras.optimizers.schedules.LearningRateSchedule,
    weight_decay: PositiveOrZero | None = None,
    clipnorm: Positive | None = None,
    momentum: ShareBelowOne = 0.9,
    spike: bool = False,
    prediction: bool = False,
) -> compensation.DelayCompensatedSGD:
    """An optimizer for late gradients; see `sideways_tf.DelayCompensatedSGD`."""
    return compensation.DelayCompensatedSGD(
        learning_rate, momentum, spike, prediction, weight_decay=weight_decay, clipnorm=clipnorm
    )
