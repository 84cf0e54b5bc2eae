"""The learning rate over the steps of training."""

import math
from typing import Any

import keras


class CosineDecay(keras.callbacks.Callback):
    """Decays the learning rate to 0 over the steps of training.

    This is not a schedule of the optimizer, which would count updates: there may be several per step.

    Args:
        learning_rate: learning rate at the first step.
        steps: total number of steps.
        step: step at which training begins.
    """

    def __init__(self, learning_rate: float, steps: int, step: int = 0) -> None:
        super().__init__()
        self.learning_rate, self.steps, self.step = learning_rate, steps, step

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.model.optimizer.learning_rate = self.learning_rate * (1 + math.cos(math.pi * self.step / self.steps)) / 2
        self.step += 1
