"""Loads networks from files and run folders."""

import os
from typing import Any

from mpvn.bundles.manifest import MANIFEST
from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork
from mpvn.runs.bindings import apart
from mpvn.runs.folder import CONFIG
from mpvn.runs.mirror import here
from mpvn.runs.model_file import as_network, load_file
from mpvn.runs.restore import restore


def load(path: str | os.PathLike[str], **conversion: Any) -> VideoNetwork:
    """Loads the network of a file or a run folder, with its weights and its schedule.

    Args:
        path: path of a `.keras` file that holds a VideoNetwork, a model that trains one (`SidewaysModel`,
            `Distillation`), or a Keras image model, which is converted; or path of a run folder, whose newest
            checkpoint is read. It may be an address that `tf.io.gfile` supports.
        **conversion: arguments of `mpvn.from_keras` for an image model, such as `preprocessing`.

    Raises:
        InputError: the path does not exist, holds something else, or needs a class that Keras does not know.
    """
    path = here(os.fspath(path))
    if not os.path.exists(path):
        raise InputError(f"{path!r} does not exist: give the path of a .keras file or of a run folder")
    return _of_run(path) if os.path.isdir(path) else as_network(load_file(path), **conversion)


def _of_run(path: str) -> VideoNetwork:
    if os.path.isfile(os.path.join(path, MANIFEST)):
        raise InputError(f"{path!r} is a bundle: open it with mpvn.Runtime, or load the run that it was exported from")
    if not os.path.isfile(os.path.join(path, CONFIG)):
        raise InputError(f"{path!r} is not a run folder (it has no {CONFIG}): give a .keras file or a run folder")
    with apart():  # the caller's settings are not the run's
        return restore(path, needs_clips=False).network
