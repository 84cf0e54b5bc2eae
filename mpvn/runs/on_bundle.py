"""Runs a bundle on live video."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from mpvn.bundles.manifest import Manifest
from mpvn.data.video_data import VideoData
from mpvn.errors import InputError
from mpvn.live.steps import BundleSteps
from mpvn.runs.bindings import apart
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
    steps = BundleSteps(folder, engine, threads)
    manifest = steps.runtime.manifest
    task = task_of(manifest, folder)
    names = list(manifest.labels or map(str, range(manifest.output_shape[-1])))
    return steps, task, VideoData(names, steps.network.frame_shape, 1, {}, _no_clips, viewing=steps.network.viewing)


def task_of(manifest: Manifest, folder: str) -> Task:
    """The task of the bundle's run; action recognition for a bundle without a run."""
    if manifest.settings is None:
        return Action()
    with apart():
        parse_gin([str(Path(folder) / manifest.settings)], root=TRAIN)
        return task_of_settings()


def _no_clips(*_: Any, **__: Any) -> tf.data.Dataset:
    raise InputError("a bundle holds no clips: evaluate its run")
