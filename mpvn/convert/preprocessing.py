"""The range of pixels that a Keras model takes: from the user, or from its first layers."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from mpvn.convert.graph import MOVES, Call, Graph
from mpvn.errors import InputError
from mpvn.layers.imagenet_preprocessing import MODES, ImageNetPreprocessing
from mpvn.layers.preprocessing import UNKNOWN, Preprocessing

# Layers that keep the range of pixels; random layers do nothing in inference.
_KEEPS_RANGE = (*MOVES, "Cast", "CenterCrop", "Identity", "Resizing", "Dropout", "SpatialDropout2D", "Activation")
# Constants above this are for pixels up to 255: a mean, or a divisor.
_OF_8_BIT = 20.0
# An adapted mean above this is for pixels up to 255.
_MEAN_OF_8_BIT = 2.0


def told(model: keras.Model, given: Any) -> tuple[keras.Model, Preprocessing | None]:
    """The model preceded by the preprocessing that a user chose, and its description.

    Args:
        model: a functional model with one input.
        given: `"tf"`, `"caffe"`, `"torch"`, `"none"`, a Keras layer or another function of a Keras tensor, a
            description, or None: then the description is also None.

    Raises:
        InputError: the preprocessing is unknown, or does not fit the model.
    """
    if given is None or isinstance(given, Preprocessing):
        return model, given
    dtype = keras.backend.standardize_dtype(model.inputs[0].dtype)
    if isinstance(given, str) and given == "none":
        return model, Preprocessing(255.0, "none", dtype)
    if isinstance(given, str) and given in MODES:
        layer, name = ImageNetPreprocessing(given, name=f"preprocessing_{given}", dtype=model.dtype_policy), given
    elif callable(given):  # Keras numbers the names of layers within a process, so the class is used
        layer, name = given, getattr(given, "__name__", type(given).__name__)
    else:
        raise InputError(
            f"preprocessing={given!r} is unknown: expected 'tf', 'caffe', 'torch', 'none', a Keras layer or None"
        )
    if "float" not in dtype:
        raise InputError(
            f"model {model.name!r} takes {dtype} frames, so it preprocesses them itself: leave preprocessing out"
        )
    return _after(layer, name, model, dtype), Preprocessing(255.0, name, dtype)


def found(model: keras.Model, graph: Graph) -> Preprocessing:
    """The description of pixels from the model itself."""
    dtype = keras.backend.standardize_dtype(model.inputs[0].dtype)
    if dtype == "uint8":
        return Preprocessing(255.0, "8-bit input", dtype)
    call = _first_that_scales(graph)
    white = None if call is None else _white_of(call)
    if call is None or white is None:
        return Preprocessing(None, UNKNOWN, dtype)
    return Preprocessing(white, call.kind if isinstance(call.operation, keras.layers.Layer) else "scaled", dtype)


def _after(layer: Callable, name: str, model: keras.Model, dtype: str) -> keras.Model:
    shape = tuple(model.inputs[0].shape)
    frame = keras.Input(shape[1:], dtype=dtype)
    try:
        prepared = layer(frame)
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"preprocessing layer {name!r} cannot take {list(shape[1:])}: {reason}") from error
    if not isinstance(prepared, keras.KerasTensor) or tuple(prepared.shape) != shape:
        gives = list(prepared.shape[1:]) if isinstance(prepared, keras.KerasTensor) else prepared
        raise InputError(
            f"preprocessing layer {name!r} returns {gives}, but model {model.name!r} takes {list(shape[1:])}: "
            f"expected a layer that keeps the shape"
        )
    return keras.Model(frame, model(prepared), name=model.name)


def _first_that_scales(graph: Graph) -> Call | None:
    """The first call that changes the range of pixels, if the frame is only used there."""
    value = graph.frame
    while True:
        readers = [call for call in graph.calls if value in call.inputs]
        if len(readers) != 1:
            return None
        (call,) = readers
        keeps = call.kind in _KEEPS_RANGE or call.kind.startswith("Random")
        if not keeps or getattr(call.operation, "activation", keras.activations.linear) is not keras.activations.linear:
            return call
        if len(call.outputs) != 1:
            return None
        value = call.outputs[0]


def _white_of(call: Call) -> float | None:
    """The value of white for a first call; None if unknown."""
    layer = call.operation
    if isinstance(layer, ImageNetPreprocessing):
        return 255.0
    if isinstance(layer, keras.layers.Rescaling):
        return 255.0 if np.mean(np.abs(layer.scale)) < 1 / _OF_8_BIT else 1.0
    if isinstance(layer, keras.layers.Normalization):
        return _white_of_normalization(layer)
    constants = [item for item in keras.tree.flatten((call.args, call.kwargs)) if _is_number(item)]
    if len(call.inputs) != 1 or len(constants) != 1:
        return None
    size = float(np.mean(np.abs(np.asarray(constants[0], np.float64))))
    if call.kind in ("TrueDivide", "Divide", "Subtract", "Add") and size > _OF_8_BIT:
        return 255.0
    if call.kind == "Multiply" and 0 < size < 1 / _OF_8_BIT:
        return 255.0
    return None


def _white_of_normalization(layer: keras.layers.Normalization) -> float | None:
    mean, variance = getattr(layer, "mean", None), getattr(layer, "variance", None)
    if mean is None or variance is None:
        return None
    mean, variance = np.asarray(mean, np.float64), np.asarray(variance, np.float64)
    if not mean.any() and (variance == 1).all():  # it was not adapted
        return None
    if getattr(layer, "invert", False):
        return None
    return 255.0 if np.abs(mean).max() > _MEAN_OF_8_BIT else 1.0


def _is_number(item: Any) -> bool:
    if isinstance(item, bool) or item is None or isinstance(item, str):
        return False
    try:
        return np.issubdtype(np.asarray(item).dtype, np.number)
    except (TypeError, ValueError, RuntimeError):
        return False
