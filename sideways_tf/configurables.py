"""The names that gin files can set once they say `import sideways_tf.configurables`."""

from collections.abc import Sequence

import gin
import keras

import mpvn.runs.configurables  # noqa: F401 - the names of networks, data and tasks
from mpvn.model.network import VideoNetwork
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
def SidewaysModel(
    network: VideoNetwork,
    gradients: Gradients = "sideways",
    update: str = "episode",
    engine: str = "ticked",
    replicas: Sequence[Sequence[str]] = (),
) -> Model:
    """The model of that name; see `sideways_tf.SidewaysModel`. `train.replicas` gives it its replicas."""
    return Model(network, gradients, update, engine, replicas)


@gin.configurable(module="sideways_tf")
def delay_compensated_sgd(
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
    weight_decay: float | None = None,
    clipnorm: float | None = None,
    momentum: float = 0.9,
    spike: bool = False,
    prediction: bool = False,
) -> compensation.DelayCompensatedSGD:
    """An optimizer for late gradients; see `sideways_tf.DelayCompensatedSGD`."""
    return compensation.DelayCompensatedSGD(
        learning_rate, momentum, spike, prediction, weight_decay=weight_decay, clipnorm=clipnorm
    )
