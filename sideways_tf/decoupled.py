"""Decoupled modules: every subnetwork learns with its own optimizer, rate and interval."""

from collections.abc import Sequence
from typing import Annotated

import keras

from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.ranges import Count, NotEmpty, Positive, PositiveOrZero
from mpvn.runs.optimizers import OptimizerName, make_optimizer


@checked
def decoupled(
    learning_rate: Positive,
    weight_decay: PositiveOrZero | None = None,
    clipnorm: Positive | None = None,
    optimizers: OptimizerName | Sequence[OptimizerName] = "adam",
    rates: Annotated[Sequence[PositiveOrZero | keras.optimizers.schedules.LearningRateSchedule], NotEmpty()] = (1.0,),
    intervals: Count | Sequence[Count] = 1,
) -> list[keras.optimizers.Optimizer]:
    """Optimizers for `SidewaysModel(update="tick")`, one for each subnetwork.

    Subnetworks share only the frames and the loss: each one is updated as soon as its own pseudo-gradient is available,
    without waiting for the others.

    Source: Skip-Sideways, abstract ("decoupled" modules that are updated in parallel); the settings per module are our
    choice.

    Args:
        learning_rate, weight_decay, clipnorm: settings of all subnetworks.
        optimizers: name of a Keras optimizer, or one name for each subnetwork.
        rates: for each subnetwork, a factor on `learning_rate`, or a schedule that replaces it.
        intervals: number of pseudo-gradients that are averaged for an update; one number, or one for each subnetwork.

    Raises:
        InputError: the lists differ in length, or an optimizer or interval is unknown.
    """
    count = len(rates)
    optimizers = [optimizers] * count if isinstance(optimizers, str) else list(optimizers)
    intervals = [intervals] * count if isinstance(intervals, int) else list(intervals)
    if not len(optimizers) == len(intervals) == count:
        raise InputError(
            f"{count} rates, {len(optimizers)} optimizers and {len(intervals)} intervals: expected as many of each as "
            f"there are subnetworks, or one optimizer and one interval for all"
        )
    parts = []
    for name, rate, interval in zip(optimizers, rates, intervals, strict=True):
        scheduled = isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)
        # Keras calls an interval accumulation; 1 would be an error there.
        accumulated = interval if interval > 1 else None
        settings = {"weight_decay": weight_decay, "clipnorm": clipnorm, "gradient_accumulation_steps": accumulated}
        parts.append(make_optimizer(name, rate if scheduled else rate * learning_rate, **settings))
    return parts
