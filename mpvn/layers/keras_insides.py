"""What of Keras's insides is used, all in one place: Keras has no public way to ask for these.

Written for Keras 3.15. When Keras changes one of them, a test of this file says which.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

# What TensorFlow takes as the name of a scope, wherever it is opened; escapes begin with a dot.
_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.>-]*")


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


def index_in(optimizer: keras.optimizers.Optimizer, variable: keras.Variable) -> int:
    """Where the slots of a variable stand in the lists that an optimizer keeps."""
    return optimizer._get_variable_index(variable)


def keep_decay_exclusions(source: keras.optimizers.Optimizer, copy: keras.optimizers.Optimizer) -> None:
    """Gives a copy what `exclude_from_weight_decay` was told, which is no part of an optimizer's config."""
    for name, value in vars(source).items():
        if name.startswith("_exclude_from_weight_decay"):
            setattr(copy, name, value)


@contextmanager
def any_layer_names() -> Iterator[None]:
    """Within, layers may have any name that Keras takes, where they are called in a graph, too.

    Keras opens a scope of TensorFlow's by the name of each layer that it calls, and in a graph TensorFlow refuses some:
    with a space, an accent, a leading underscore at the root. Only these scopes get other names; layers and variables
    keep theirs.
    """
    scope = keras.name_scope
    if "__init__" in vars(scope):  # within another one
        yield
        return
    taken = scope.__init__

    def init(self: Any, name: str, *args: Any, **kwargs: Any) -> None:
        taken(self, name, *args, **kwargs)
        if not _SCOPE.fullmatch(name):
            self._tf_name_scope = tf.name_scope(_as_scope(name))

    scope.__init__ = init
    try:
        yield
    finally:
        del scope.__init__


def named_as_scopes(variables: Sequence[keras.Variable]) -> bool:
    """Whether variables beside these, named after them, can be made in a graph."""
    return all(_SCOPE.fullmatch(variable.path.replace("/", "_")) for variable in variables)


def _as_scope(name: str) -> str:
    """A name that TensorFlow takes, another one for every name."""
    return "." + re.sub(r"[^A-Za-z0-9_-]", lambda character: f".{ord(character[0]):x}.", name)
