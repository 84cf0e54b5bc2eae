"""Files of Keras models and of video networks."""

import os
import zipfile
from typing import Any

import keras

from mpvn.convert.from_keras import from_keras
from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork

SAID = 200  # characters of what Keras says; it adds whole configs


def load_file(path: str) -> keras.Model:
    """What Keras saved in a file.

    Raises:
        InputError: it is not there, is none of Keras's, or holds a class that nobody has imported.
    """
    if not os.path.isfile(path):
        raise InputError(f"{path!r} is not there: expected a .keras file that Keras saved")
    if not path.endswith((".keras", ".h5")) or path.endswith(".weights.h5"):
        raise InputError(f"{path!r} holds no model: expected a .keras file, as model.save writes it")
    try:
        return keras.saving.load_model(path)
    except (ValueError, TypeError, KeyError, OSError, AttributeError, zipfile.BadZipFile) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        said = said if len(said) <= SAID else f"{said[:SAID]}..."
        raise InputError(f"{path!r} cannot be loaded: {said}") from None


def as_network(model: Any, **conversion: Any) -> VideoNetwork:
    """A loaded model as a VideoNetwork: it is one, trains one, or is converted."""
    inner = getattr(model, "network", None)  # of a SidewaysModel, or of a distillation
    network = inner if isinstance(inner, VideoNetwork) else model
    if not isinstance(network, VideoNetwork):
        return from_keras(network, **conversion)
    given = [name for name, value in conversion.items() if value is not None]
    if given:
        raise InputError(f"{given[0]} is for Keras models, and {network.name!r} is a video network: leave it out")
    return network
