"""Models of `keras.applications` with random weights, and frames for which their outputs differ."""

import inspect
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # listing suites must not load TensorFlow
    import keras


def all_models() -> list[str]:
    """The names of all models that `keras.applications` has."""
    import keras

    return sorted(name for name, value in vars(keras.applications).items() if name[0].isupper() and callable(value))


def build(
    name: str,
    size: int,
    num_classes: int = 10,
    num_frames: int = 128,
    prepare: Callable[[np.ndarray], np.ndarray] | None = None,
) -> "keras.Model":
    """A model of `keras.applications` with random weights, under which its outputs differ from frame to frame.

    Args:
        name: name of its function in `keras.applications`.
        size: height and width of frames, in pixels.
        num_classes: outputs.
        num_frames: number of frames from which batch normalisation gets its statistics.
        prepare: preprocessing of frames in [0, 255]; by default none.
    """
    import keras

    keras.utils.set_random_seed(0)
    model = _unweighted(name, size, num_classes)
    frames = clip(num_frames, size, seed=1)[0]
    randomize(model, frames if prepare is None else prepare(frames))
    return model


def build_smallest(name: str, prepare: Callable[[np.ndarray], np.ndarray], num_frames: int = 64) -> "keras.Model":
    """The same at the smallest size that the model takes, from 32 px on, which its function says when it refuses.

    Raises:
        ValueError: it takes none of them.
    """
    size = 32
    while True:
        try:
            return build(name, size, num_frames=num_frames, prepare=prepare)
        except ValueError as error:
            said = re.search(r"at least (\d+)", str(error))
            if said is None or int(said[1]) <= size:
                raise
            size = int(said[1])


def preprocessing_of(name: str) -> tuple[str, Callable[[np.ndarray], np.ndarray]]:
    """A model's preprocessing of frames in [0, 255]: the word of `mpvn.from_keras`, and Keras's own function.

    The word is the one under which Keras's utility of all models gives what the model's own function gives.
    """
    import keras

    module: Any = inspect.getmodule(getattr(keras.applications, name))
    prepare = module.preprocess_input
    frames = clip(2, 4)[0]
    found = prepare(frames.copy())
    for word in ("tf", "caffe", "torch"):
        if np.allclose(found, keras.applications.imagenet_utils.preprocess_input(frames.copy(), mode=word)):
            return word, prepare
    if not np.array_equal(found, frames):
        raise ValueError(f"the preprocessing of {name} is unknown to from_keras")
    return "none", prepare


def _unweighted(name: str, size: int, num_classes: int) -> "keras.Model":
    import keras

    return getattr(keras.applications, name)(
        weights=None, input_shape=(size, size, 3), classes=num_classes, classifier_activation=None
    )


def randomize(model: "keras.Model", frames: np.ndarray, seed: int = 0) -> None:
    """Gives every weight a random value that lets differences between frames through to the output.

    As they are made, scales and shifts are ones and zeros, which would hide what is left out, layer scales are almost
    nothing, and kernels of depthwise convolutions so small that the outputs hardly change. Moving statistics become
    those of some frames, so that no layer makes its values larger and larger.

    Args:
        model: a Keras model.
        frames: [batch, ...], for the statistics.
        seed: of the random values.
    """
    import keras

    from mpvn.layers.keras_insides import layers_inside

    rng = np.random.default_rng(seed)
    normalizations = []
    for layer in layers_inside(model, itself=False):
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        for variable in layer.trainable_variables if not layers_inside(layer, itself=False) else ():
            shape = variable.shape
            if len(shape) > 1:
                fan_in = np.prod(shape[:2] if depthwise or "depthwise" in variable.name else shape[:-1])
                variable.assign(rng.normal(0, (2 / fan_in) ** 0.5, shape))
            elif variable.name == "gamma" or "layer_scale" in variable.path:
                variable.assign(rng.uniform(0.5, 1.5, shape))
            else:
                variable.assign(rng.normal(0, 0.2, shape))
        if isinstance(layer, keras.layers.BatchNormalization):
            normalizations.append((layer, layer.momentum))
            layer.momentum = 0.0  # the statistics become those of the next batch
    model(frames, training=True)
    for layer, momentum in normalizations:
        layer.momentum = momentum


def clip(num_frames: int, size: int, seed: int = 0) -> np.ndarray:
    """Frames of noise over coarse patches, [1, frames, size, size, 3] in [0, 255], the range of Keras's models.

    Noise alone is averaged away: deep layers would hardly tell the frames apart.
    """
    rng = np.random.default_rng(seed)
    at = np.arange(size) * 4 // size
    patches = rng.uniform(0, 255, (1, num_frames, 4, 4, 3))[:, :, at][:, :, :, at]
    return (0.8 * patches + 0.2 * rng.uniform(0, 255, patches.shape)).astype("float32")
