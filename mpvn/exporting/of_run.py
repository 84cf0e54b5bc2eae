"""What a run folder knows of its network, for a bundle."""

from collections.abc import Sequence

from mpvn.model.network import VideoNetwork
from mpvn.runs.bindings import apart
from mpvn.runs.folder import config_files
from mpvn.runs.mirror import here
from mpvn.runs.restore import restore


def of_run(model_dir: str) -> tuple[VideoNetwork, Sequence[str] | None, str]:
    """The trained network, the names of its classes where it has classes, and the run's settings as gin text."""
    folder = here(model_dir)
    with apart():  # the settings of whoever calls are not the run's
        run = restore(folder)
    with open(config_files(folder)[0], encoding="utf-8") as file:
        settings = file.read()
    return run.network, list(run.data.class_names) if run.task.has_classes else None, settings
