"""Networks from files."""

import importlib
import json
import os
import zipfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

import gin
import keras

from mpvn.errors import InputError
from mpvn.model.clip_model import ClipModel
from mpvn.model.network import VideoNetwork
from mpvn.runs.folder import CONFIG
from mpvn.runs.restore import restore

_GROUP = "mpvn.suites"  # entry points of this group name packages beside this one
_CONFIG = "config.json"  # in a .keras file


def load(path: str | os.PathLike[str]) -> VideoNetwork:
    """The network in a file or a run folder, with its weights and its schedule.

    Args:
        path: of a `.keras` file that holds a VideoNetwork, or a model that trains one (`SidewaysModel`,
            `Distillation`); or of the folder of a run, whose newest checkpoint is read.

    Raises:
        InputError: there is nothing, or something else, or it needs a class that Keras does not know.
    """
    path = os.fspath(path)
    if not os.path.exists(path):
        raise InputError(f"{path!r} is not there: give the path of a .keras file or of a run folder")
    return _of_run(path) if os.path.isdir(path) else _of_file(path)


def _of_run(path: str) -> VideoNetwork:
    if not os.path.isfile(os.path.join(path, CONFIG)):
        raise InputError(f"{path!r} is no run folder ({CONFIG} is not there): give a .keras file or a run folder")
    before = gin.config_str()
    gin.clear_config()
    try:
        return restore(path).network
    finally:  # the settings of whoever calls are not the run's
        gin.clear_config()
        gin.parse_config(before)


def _of_file(path: str) -> VideoNetwork:
    config = _config(path)
    for package in sorted({point.value.split(".")[0] for point in entry_points(group=_GROUP)}):
        importlib.import_module(package)  # what a file may need is registered by that
    _check_known(path, config)
    try:
        model = keras.models.load_model(path)
    except InputError:
        raise
    except Exception as error:  # whatever a damaged file, or a layer of the user's, leads to
        reason = " ".join(str(error).split())
        if "safe_mode" in reason:
            raise InputError(
                f"{path!r} holds a Python lambda, which is code that Keras does not run unasked: call "
                f"keras.config.enable_unsafe_deserialization() first if you trust the file"
            ) from None
        raise InputError(f"{path!r} cannot be loaded: {reason[:300]}; save it anew") from error
    if isinstance(model, ClipModel) and not isinstance(model, VideoNetwork):
        model = model.network
    if not isinstance(model, VideoNetwork):
        raise InputError(
            f"{path!r} holds a {type(model).__name__}, no video network: convert it, "
            f"mpvn.from_keras(keras.models.load_model({path!r}))"
        )
    return model


def _config(path: str) -> dict[str, Any]:
    """What a .keras file says of its model."""
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read(_CONFIG))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        weights = path.endswith((".h5", ".hdf5"))
        change = "build its network and call load_weights" if weights else "give one that network.save has written"
        raise InputError(f"{path!r} is no .keras file ({' '.join(str(error).split())}): {change}") from None


def _check_known(path: str, config: dict[str, Any]) -> None:
    """Raises InputError if a file needs a class or function that is registered nowhere."""
    for part in _parts(config):
        name, module = part.get("registered_name"), part.get("module")
        known = (module or "").split(".")[0] in ("keras", "builtins") or not name
        if not known and keras.saving.get_registered_object(name) is None:
            where = f"import {module}" if module and module != "__main__" else "import the module that has it"
            raise InputError(
                f"{path!r} needs {part['class_name']!r} ({name}), which Keras does not know: {where} before, "
                f"where it is decorated with @keras.saving.register_keras_serializable()"
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
