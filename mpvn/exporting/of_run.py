"""What runs and settings know of a network, for a bundle."""

from collections.abc import Sequence

import gin

from mpvn.model.network import VideoNetwork
from mpvn.runs.bindings import apart
from mpvn.runs.folder import config_files
from mpvn.runs.mirror import here
from mpvn.runs.restore import data_of_settings, network_of_settings, restore, task_of_settings
from mpvn.runs.settings import TRAIN, parse_gin

# A network, the names of its classes where it has classes, and its settings as gin text.
Described = tuple[VideoNetwork, Sequence[str] | None, str]


def of_run(model_dir: str, gin_files: Sequence[str] = (), gin_params: Sequence[str] = ()) -> Described:
    """The trained network of a run folder; settings that are given replace the run's own."""
    with apart():  # the settings of whoever calls are not the run's
        folder = here(model_dir)
        run = restore(folder, gin_files, gin_params, needs_clips=False)
        settings = gin.config_str()
        if not (gin_files or gin_params):
            with open(config_files(folder)[0], encoding="utf-8") as file:
                settings = file.read()
        return run.network, list(run.data.class_names) if run.task.has_classes else None, settings


def of_settings(gin_files: Sequence[str], gin_params: Sequence[str] = ()) -> Described:
    """The network that settings describe, with new weights."""
    with apart():
        parse_gin(gin_files, gin_params, root=TRAIN)
        data, task = data_of_settings(), task_of_settings()
        network = network_of_settings(data, task)
        return network, list(data.class_names) if task.has_classes else None, gin.config_str()
