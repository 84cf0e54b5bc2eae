"""Runs a bundle, or a network without a run, on live video."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from mpvn.bundles.manifest import Manifest
from mpvn.bundles.runtime import Runtime
from mpvn.data.video_data import VideoData
from mpvn.engines.stream import Stream
from mpvn.errors import InputError
from mpvn.live.steps import BundleSteps, Streamed
from mpvn.runs.bindings import apart
from mpvn.runs.loading import load
from mpvn.runs.restore import task_of_settings
from mpvn.runs.settings import TRAIN, parse_gin
from mpvn.tasks import Action
from mpvn.tasks.task import Task


def on_bundle(folder: str, engine: str | None, threads: int | None) -> tuple[BundleSteps, Task, VideoData]:
    """The arguments of `OnVideo` for a bundle that `mpvn.export` made.

    Args:
        folder: folder of the bundle.
        engine: see `mpvn.Runtime`.
        threads: see `mpvn.Runtime`.
    """
    steps = BundleSteps(Runtime(folder, engine, threads))
    manifest = steps.runtime.manifest
    names = list(manifest.labels or map(str, range(manifest.output_shape[-1])))
    return steps, task_of(manifest, folder), _data(names, steps.network)


def on_file(path: str, preprocessing: str | None) -> tuple[Stream, Task, VideoData]:
    """What `OnVideo` takes, of a `.keras` file, whose outputs are scores of classes.

    Args:
        path: of the file.
        preprocessing: of an image model of Keras's, see `mpvn.from_keras`.

    Raises:
        InputError: its outputs are no vectors.
    """
    network = load(path, preprocessing=preprocessing)
    shape = network.compute_output_shape((1, 1, *network.frame_shape))[2:]
    if len(shape) != 1:
        raise InputError(
            f"the outputs of {path!r} have shape {list(shape)}: expected scores of classes; stream a run folder, which "
            f"knows its task"
        )
    return Stream(network), Action(), _data(list(map(str, range(shape[0]))), network)


def _data(class_names: list[str], network: Streamed) -> VideoData:
    return VideoData(class_names, tuple(network.frame_shape), 1, {}, _no_clips, viewing=network.viewing)


def task_of(manifest: Manifest, folder: str) -> Task:
    """The task of the bundle's run; action recognition for a bundle without a run."""
    if manifest.settings is None:
        return Action()
    with apart():
        parse_gin([str(Path(folder) / manifest.settings)], root=TRAIN)
        return task_of_settings()


def _no_clips(*_: Any, **__: Any) -> tf.data.Dataset:
    raise InputError("this network has no clips: evaluate a run folder")
