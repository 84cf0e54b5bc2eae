"""All uses of Keras's internals in one place: Keras has no public API for these.

Written for Keras 3.15. If Keras changes one of them, a test of this file fails.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.common import global_state
from keras.src.models import functional
from keras.src.saving import serialization_lib
from keras.src.utils import tracking

# Names that TensorFlow accepts for any scope; escapes begin with a dot.
_SCOPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.>-]*")


def layers_inside(layer: keras.layers.Layer, itself: bool = True) -> list[keras.layers.Layer]:
    """A layer and all inner layers, however they are held; without `itself`, only the inner layers."""
    return list(layer._flatten_layers(include_self=itself))


def call_behind(tensor: keras.KerasTensor) -> Any:
    """Keras's record of the call that returned a symbolic tensor: its `operation`, `arguments`, inputs and outputs."""
    operation, index, _ = tensor._keras_history
    return operation._inbound_nodes[index]


def has_mask(tensor: keras.KerasTensor) -> bool:
    """Whether a symbolic tensor carries a mask."""
    return getattr(tensor, "_keras_mask", None) is not None


def track_loss(model: keras.Model, loss: Any, weight: Any) -> None:
    """Adds a loss to the mean that `fit` shows as `loss`."""
    model._loss_tracker.update_state(loss, sample_weight=weight)


def take_losses(layer: keras.layers.Layer) -> list[Any]:
    """The losses that a layer and inner layers have added since the last call, without penalties of weights."""
    losses = [loss for part in layers_inside(layer) for loss in part._get_own_losses()]
    layer._clear_losses()
    return losses


def data_loss(model: keras.Model, targets: Any, outputs: Any, weights: Any) -> Any:
    """The compiled loss of a model, without losses of layers and weights."""
    return model._compile_loss(targets, outputs, weights)


def loss_weight(model: keras.Model) -> float:
    """The factor on the loss of a model with one output that `compile(loss_weights=...)` has set, 1 by default."""
    weights = keras.tree.flatten(model._compile_loss._user_loss_weights)
    return 1.0 if weights in ([], [None]) else float(weights[0])


@contextmanager
def with_moments_taken(
    layer: keras.layers.BatchNormalization, take: Callable[[keras.layers.BatchNormalization, Any, Any], None]
) -> Iterator[None]:
    """Within the block, a batch normalisation that Keras trains also passes each batch's statistics to `take`."""
    found = layer._moments

    def moments(inputs: Any, mask: Any) -> tuple[Any, Any]:
        mean, variance = found(inputs, mask)
        take(layer, mean, variance)
        return mean, variance

    object.__setattr__(layer, "_moments", moments)  # Keras would track it
    try:
        yield
    finally:
        object.__delattr__(layer, "_moments")


def is_augmentation(layer: keras.layers.Layer) -> bool:
    """Whether a layer is a Keras augmentation layer, which changes a whole example at random."""
    return isinstance(layer, _AUGMENTATION)


# The common base class of keras.layers.RandomFlip and similar layers is not public.
_AUGMENTATION = keras.layers.RandomFlip.__bases__[0]


def index_in(optimizer: keras.optimizers.Optimizer, variable: keras.Variable) -> int:
    """The index of a variable's slots in an optimizer's lists."""
    return optimizer._get_variable_index(variable)


def keep_decay_exclusions(source: keras.optimizers.Optimizer, copy: keras.optimizers.Optimizer) -> None:
    """Gives a copy the exclusions from weight decay, which are not part of an optimizer's config."""
    for name, value in vars(source).items():
        if name.startswith("_exclude_from_weight_decay"):
            setattr(copy, name, value)


@contextmanager
def any_layer_names() -> Iterator[None]:
    """Within the block, layers in a graph may have any name that Keras accepts.

    Keras opens a TensorFlow scope with the name of each layer that it calls, and in a graph TensorFlow rejects some
    names: with a space, an accent, a leading underscore at the root. Only these scopes are renamed; layers and
    variables keep their names.
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


def _as_scope(name: str) -> str:
    """A name that TensorFlow accepts, different for every name."""
    return "." + re.sub(r"[^A-Za-z0-9_-]", lambda character: f".{ord(character[0]):x}.", name)


@contextmanager
def sharing() -> Iterator[None]:
    """Within the block, an object that is saved or loaded in several places is marked, and loaded once.

    When a whole file is saved or loaded, Keras does so by itself.
    """
    if global_state.get_global_attribute(_MARKED) is not None:
        yield
        return
    with serialization_lib.ObjectSharingScope():
        yield


MARK = "shared_object_id"  # in a config: the id of the object
_MARKED = "shared_objects/id_to_config_map"


# --- the parts of Keras objects, for `mpvn.layers.copying` -------------------------------------------------------

Tracker = tracking.Tracker
Functional = functional.Functional
VALUE_OF_VARIABLE = ("_value",)
# How a functional model records its calls.
GRAPH = (
    *("_inputs_struct", "_outputs_struct", "_inputs", "_outputs"),
    *("_nodes", "_nodes_by_depth", "_operations", "_operations_by_depth"),
)
# Methods that Keras wraps for the object itself, calls that it was part of, and functions compiled from it.
BOUND_TO_THE_OBJECT = ("build", "quantize")
OF_ONE_CALL = {"_inbound_nodes": list, "_outbound_nodes": list, "_losses": list, "_loss_ids": set}
COMPILED = ("train_function", "test_function", "predict_function")


def _accounts() -> frozenset[str]:
    settings = {"_trainable", "_dtype_policy", "autocast", "activity_regularizer", "_convert_input_args", "_remat_mode"}
    model = keras.Sequential([keras.Input((1,)), keras.layers.Layer()])
    names = {*vars(keras.layers.Layer()), *vars(model), *GRAPH, *COMPILED}
    return frozenset(names - settings - {"_functional"})


_ACCOUNTS = _accounts()


def is_bookkeeping(name: str) -> bool:
    """Whether an attribute is bookkeeping of Keras or TensorFlow, without effect on what a layer computes."""
    return name in _ACCOUNTS or name.startswith("_self_")


def blank_operation(cls: type) -> keras.Operation:
    """A layer or operation without attributes, except for those that are bound to the object itself."""
    base = keras.layers.Layer if issubclass(cls, keras.layers.Layer) else keras.Operation
    made = base.__new__(cls)
    for name in [name for name in vars(made) if name not in BOUND_TO_THE_OBJECT]:
        del vars(made)[name]
    return made


def blank_variable(cls: Any) -> keras.Variable:
    """A variable without attributes."""
    return cls.__new__(cls)


def not_copied(operation: keras.Operation) -> dict[str, Any]:
    """The attributes of an operation that its copy does not take over, and their initial values."""
    anew: dict[str, Any] = {name: make() for name, make in OF_ONE_CALL.items()}
    if "_losses_override" in vars(operation):
        anew["_losses_override"] = []
    return anew | dict.fromkeys(name for name in COMPILED if name in vars(operation))


def retrack(tracker: Any, copied: Any) -> None:
    """Changes a shallow copy of a layer's tracker to track the copies."""
    tracker.config = {name: (tracks, copied(store)) for name, (tracks, store) in tracker.config.items()}
    tracker.stored_ids = {name: {id(item) for item in store} for name, (_, store) in tracker.config.items()}


def tensorflow_variable(variable: keras.Variable) -> Any:
    """The tf.Variable in a variable of Keras; None if there is none yet."""
    return variable._value


def hold(variable: keras.Variable, value: Any) -> None:
    """Puts a tf.Variable into a variable of Keras that has none."""
    variable._value = value
