"""Files of Keras models and of video networks."""

import importlib
import json
import os
import zipfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

import keras

from mpvn.convert.from_keras import from_keras
from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork

_GROUP = "mpvn.suites"  # entry points of this group name packages beside this one
_CONFIG = "config.json"  # in a .keras file


def load_file(path: str) -> keras.Model:
    """The model that Keras saved in a `.keras` file, or in its older `.h5` format.

    Raises:
        InputError: the file does not exist, is not a Keras file, or needs a class that Keras does not know.
    """
    if not os.path.isfile(path):
        raise InputError(f"{path!r} does not exist: expected a .keras file, as written by model.save")
    older = path.endswith((".h5", ".hdf5")) and not path.endswith(".weights.h5")  # Keras's format before .keras
    config = {} if older else _config(path)
    for package in sorted({point.value.split(".")[0] for point in entry_points(group=_GROUP)}):
        importlib.import_module(package)  # this registers what a file may need
    _check_known(path, config)
    try:
        return keras.models.load_model(path)
    except InputError:
        raise
    except Exception as error:  # whatever a damaged file, or a user's layer, raises
        reason = " ".join(str(error).split())
        if "safe_mode" in reason:
            raise InputError(
                f"{path!r} holds a Python lambda, which is code that Keras does not run by default: call "
                f"keras.config.enable_unsafe_deserialization() first if you trust the file"
            ) from None
        raise InputError(f"{path!r} cannot be loaded: {reason[:300]}; save it again") from error


def as_network(model: Any, **conversion: Any) -> VideoNetwork:
    """A loaded model as a VideoNetwork: the model itself, the network that it trains, or a conversion."""
    inner = getattr(model, "network", None)  # of a SidewaysModel, or of a distillation
    network = inner if isinstance(inner, VideoNetwork) else model
    if not isinstance(network, VideoNetwork):
        return from_keras(network, **conversion)
    given = [name for name, value in conversion.items() if value is not None]
    if given:
        raise InputError(f"{given[0]} is for Keras models, but {network.name!r} is a video network: leave it out")
    return network


def _config(path: str) -> dict[str, Any]:
    """The config of the model in a .keras file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read(_CONFIG))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        weights = path.endswith((".h5", ".hdf5"))
        change = "build its network and call load_weights" if weights else "give a file written by network.save"
        raise InputError(f"{path!r} is not a .keras file ({' '.join(str(error).split())}): {change}") from None


def _check_known(path: str, config: dict[str, Any]) -> None:
    """Raises InputError if a file needs a class or function that is registered nowhere."""
    for part in _parts(config):
        name, module = part.get("registered_name"), part.get("module")
        known = (module or "").split(".")[0] in ("keras", "builtins") or not name
        if not known and keras.saving.get_registered_object(name) is None:
            where = f"import {module}" if module and module != "__main__" else "import the module that defines it"
            raise InputError(
                f"{path!r} needs {part['class_name']!r} ({name}), which Keras does not know: {where} first, "
                f"in which it is decorated with @keras.saving.register_keras_serializable()"
            )


def _parts(config: Any) -> Iterator[dict[str, Any]]:
    """All objects that a config describes."""
    if isinstance(config, dict):
        if "class_name" in config and "config" in config:
            yield config
        config = list(config.values())
    if isinstance(config, list):
        for item in config:
            yield from _parts(item)
