"""What of Keras's insides is used, all in one place: Keras has no public way to ask for these.

Written for Keras 3.15. When Keras changes one of them, a test of this file says which.
"""

from typing import Any

import keras


def layers_inside(layer: keras.layers.Layer, itself: bool = True) -> list[keras.layers.Layer]:
    """A layer and all layers in it, whatever holds them; without `itself`, only those in it."""
    return list(layer._flatten_layers(include_self=itself))


def call_behind(tensor: keras.KerasTensor) -> Any:
    """Keras's record of the call that gave a symbolic tensor: its `operation`, `arguments` and tensors in and out."""
    operation, index, _ = tensor._keras_history
    return operation._inbound_nodes[index]


def has_mask(tensor: keras.KerasTensor) -> bool:
    """Whether a symbolic tensor carries a mask."""
    return getattr(tensor, "_keras_mask", None) is not None


def track_loss(model: keras.Model, loss: Any, weight: Any) -> None:
    """Takes a loss into the mean that `fit` shows as `loss`."""
    model._loss_tracker.update_state(loss, sample_weight=weight)


def take_losses(layer: keras.layers.Layer) -> list[Any]:
    """The losses that a layer and those in it have added since they were last taken; penalties of weights are none."""
    losses = [loss for part in layers_inside(layer) for loss in part._get_own_losses()]
    layer._clear_losses()
    return losses


def data_loss(model: keras.Model, targets: Any, outputs: Any, weights: Any) -> Any:
    """The loss that a model was compiled with, without what layers and weights add to it."""
    return model._compile_loss(targets, outputs, weights)


def loss_weight(model: keras.Model) -> float:
    """The factor on the loss of a model with one output that `compile(loss_weights=...)` has set, 1 by default."""
    weights = keras.tree.flatten(model._compile_loss._user_loss_weights)
    return 1.0 if weights in ([], [None]) else float(weights[0])


def is_augmentation(layer: keras.layers.Layer) -> bool:
    """Whether a layer is one of Keras's that change an image at random, and do so for an example as a whole."""
    return isinstance(layer, _AUGMENTATION)


# What keras.layers.RandomFlip and its like have in common has no public name.
_AUGMENTATION = keras.layers.RandomFlip.__bases__[0]


def index_in(optimizer: keras.optimizers.Optimizer, variable: keras.Variable) -> int:
    """Where the slots of a variable stand in the lists that an optimizer keeps."""
    return optimizer._get_variable_index(variable)


def keep_decay_exclusions(source: keras.optimizers.Optimizer, copy: keras.optimizers.Optimizer) -> None:
    """Gives a copy what `exclude_from_weight_decay` was told, which is no part of an optimizer's config."""
    for name, value in vars(source).items():
        if name.startswith("_exclude_from_weight_decay"):
            setattr(copy, name, value)
