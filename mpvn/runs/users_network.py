"""Networks of users: a file of Keras, or a run folder."""

import os
from typing import Any

import gin

from mpvn.model.network import VideoNetwork
from mpvn.runs.model_file import as_network, load_file
from mpvn.runs.restore import restore


def load_network(path: str, **conversion: Any) -> VideoNetwork:
    """The network of a run folder, or of a file that Keras saved; a Keras model becomes a video network.

    Args:
        path: of a run folder, or of a `.keras` file.
        **conversion: of a Keras model, see `mpvn.from_keras`, such as `preprocessing`.

    Raises:
        InputError: there is nothing, or nothing that can be read, or a model that cannot be converted.
    """
    if os.path.isdir(path):
        return _of_run(path)
    return as_network(load_file(path), **conversion)


def _of_run(path: str) -> VideoNetwork:
    before = gin.config_str()
    gin.clear_config()
    try:
        return restore(path).network
    finally:  # the settings of whoever calls are not the run's
        gin.clear_config()
        gin.parse_config(before)
