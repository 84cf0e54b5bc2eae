"""Networks from runs and settings, with descriptions for a bundle."""

from collections.abc import Sequence
from dataclasses import dataclass

import gin
import numpy as np

from mpvn.model.network import VideoNetwork
from mpvn.runs.bindings import apart
from mpvn.runs.folder import config_files
from mpvn.runs.mirror import here
from mpvn.runs.restore import Run, data_of_settings, network_of_settings, restore, task_of_settings
from mpvn.runs.settings import TRAIN, parse_gin


@dataclass(frozen=True)
class Described:
    """A network and its description.

    Attributes:
        network: a VideoNetwork.
        labels: names of its classes, if it has classes.
        settings: settings as gin text.
        calibration: frames [time, *frame] in its range; None if not requested.
    """

    network: VideoNetwork
    labels: Sequence[str] | None = None
    settings: str | None = None
    calibration: np.ndarray | None = None


def of_run(
    model_dir: str, gin_files: Sequence[str] = (), gin_params: Sequence[str] = (), calibration_frames: int = 0
) -> Described:
    """The trained network of a run folder.

    Args:
        model_dir: the folder.
        gin_files: settings that replace the run's own.
        gin_params: single settings that replace the run's own.
        calibration_frames: number of frames of the run's training clips for calibration.
    """
    with apart():  # the caller's settings are not the run's
        folder = here(model_dir)
        run = restore(folder, gin_files, gin_params, needs_clips=calibration_frames > 0)
        settings = gin.config_str()
        if not (gin_files or gin_params):
            with open(config_files(folder)[0], encoding="utf-8") as file:
                settings = file.read()
        labels = list(run.data.class_names) if run.task.has_classes else None
        calibration = training_frames(run, calibration_frames) if calibration_frames else None
        return Described(run.network, labels, settings, calibration)


def training_frames(run: Run, num_frames: int) -> np.ndarray:
    """Frames [time, *frame] of training clips, in the network's range, drawn by class; at most `num_frames`."""
    num_clips = min(-(-num_frames // run.data.num_frames), run.data.num_clips["train"])
    batches = run.data.some_batches("train", num_clips, 1, annotation=run.task.annotation)
    clips = [run.network.preprocessing.of_unit_range(video[0]).numpy() for video, *_ in batches]
    return np.concatenate(clips)[:num_frames]


def of_settings(gin_files: Sequence[str], gin_params: Sequence[str] = ()) -> Described:
    """The network described by settings, with new weights."""
    with apart():
        parse_gin(gin_files, gin_params, root=TRAIN)
        data, task = data_of_settings(), task_of_settings()
        network = network_of_settings(data, task)
        return Described(network, list(data.class_names) if task.has_classes else None, gin.config_str())
