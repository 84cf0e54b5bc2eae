"""Decoupled modules: every subnetwork learns by itself, with an optimizer, a rate and an interval of its own."""

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

    Nothing is shared by subnetworks but the frames and the loss: each one is updated as soon as its own
    pseudo-gradient is there, and waits for none of the others.

    Source: Skip-Sideways, abstract ("decoupled" modules that are updated in parallel); what is chosen by itself for
    each module is our choice.

    Args:
        learning_rate, weight_decay, clipnorm: of all subnetworks.
        optimizers: name of an optimizer of Keras, or one name for each subnetwork.
        rates: for each subnetwork a factor on `learning_rate`, or a schedule in its place.
        intervals: updates are made with the mean over so many pseudo-gradients; one number, or one for each.

    Raises:
        InputError: the lists differ in length, or an optimizer or interval is unknown.
    """
    count = len(rates)
    optimizers = [optimizers] * count if isinstance(optimizers, str) else list(optimizers)
    intervals = [intervals] * count if isinstance(intervals, int) else list(intervals)
    if not len(optimizers) == len(intervals) == count:
        raise InputError(
            f"{count} rates, {len(optimizers)} optimizers and {len(intervals)} intervals: give as many of each as "
            f"there are subnetworks, or one optimizer and one interval for all"
        )
    parts = []
    for name, rate, interval in zip(optimizers, rates, intervals, strict=True):
        scheduled = isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)
        # "Accumulation" is Keras's word for an interval; 1 would be an error there.
        accumulated = interval if interval > 1 else None
        settings = {"weight_decay": weight_decay, "clipnorm": clipnorm, "gradient_accumulation_steps": accumulated}
        parts.append(make_optimizer(name, rate if scheduled else rate * learning_rate, **settings))
    return parts
