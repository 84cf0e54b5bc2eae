"""Reads a run from its folder."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mpvn.checked import fitted
from mpvn.data.video_data import VideoData
from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork
from mpvn.runs.bindings import is_set, value_of
from mpvn.runs.checkpoints import Checkpoints
from mpvn.runs.folder import CONFIG, RunFolder, config_files
from mpvn.runs.kept import of_run
from mpvn.runs.lists import Lists
from mpvn.runs.settings import TRAIN, parse_gin
from mpvn.tasks import Action
from mpvn.tasks.task import Task


@dataclass(frozen=True)
class Run:
    """A trained network with its data.

    Attributes:
        network: the VideoNetwork with the weights of the newest checkpoint.
        data: the VideoData of its training.
        task: the task of its training.
        step: step of the checkpoint.
    """

    network: VideoNetwork
    data: VideoData
    task: Task
    step: int


log = logging.getLogger(__name__)


def restore(
    model_dir: str, gin_files: Sequence[str] = (), gin_params: Sequence[str] = (), needs_clips: bool = True
) -> Run:
    """Reads a run.

    Args:
        model_dir: the run folder.
        gin_files: settings that replace the run's own.
        gin_params: single settings that replace the run's own.
        needs_clips: whether clips of the data are needed; if not, missing videos are not an error, and the classes and
            frames are those recorded by the run.

    Raises:
        InputError: the folder holds no run, no checkpoint, or one of another network, or the data has other classes.
    """
    parse_gin([*config_files(model_dir), *gin_files], gin_params, root=TRAIN)
    lists = Lists(model_dir)
    with lists.remembered():
        data, task = _data(lists, needs_clips), task_of_settings()
    lists.check_classes(data, task)
    network = _network(model_dir, data, task)
    step = Checkpoints(RunFolder(model_dir).checkpoints, network).restore()
    if not step:
        raise InputError(f"{model_dir!r} holds no checkpoint yet: train for at least one report first")
    return Run(network, data, task, step)


def _data(lists: Lists, needs_clips: bool) -> VideoData:
    try:
        return data_of_settings()
    except InputError as error:
        kept = None if needs_clips else lists.without_videos()
        if kept is None:
            raise
        log.warning("without the videos of the run: %s", str(error).splitlines()[0])
        return kept


def restore_beginning(model_dir: str, run: Run) -> VideoNetwork | None:
    """The network of a run before training, if it began with weights from elsewhere; otherwise None.

    Args:
        model_dir: the run folder.
        run: the result of `restore`, whose settings are still active.
    """
    weights = RunFolder(model_dir).initial_weights
    if not weights.exists():
        return None
    network = _network(model_dir, run.data, run.task)
    network.load_weights(weights)
    return network


def _network(model_dir: str, data: VideoData, task: Task) -> VideoNetwork:
    with of_run(model_dir):
        return network_of_settings(data, task)


def network_of_settings(data: VideoData, task: Task) -> VideoNetwork:
    """The network that the gin settings describe, with new weights."""
    network = _named("train.network")(**task.network_arguments(data))
    if data.viewing is not None and data.viewing.fits(network.frame_shape):
        network.viewing = data.viewing
    return network


def data_of_settings() -> VideoData:
    """The data that the gin settings name."""
    return fitted("what train.data gives", _named("train.data")(), VideoData)


def task_of_settings() -> Task:
    """The task that the gin settings name; by default action recognition."""
    task = value_of("train.task") if is_set("train.task") else None
    return fitted("what train.task gives", (task or Action)(), Task)


def _named(setting: str) -> Callable[..., Any]:
    """The function that a setting names.

    Raises:
        InputError: it is not set.
    """
    if not is_set(setting):
        raise InputError(
            f"{setting} is not set in the {CONFIG} of the run, which is damaged: give its settings by --gin_file"
        )
    return value_of(setting)
