"""Runs a bundle on whole clips, for evaluation together with its network."""

from pathlib import Path
from typing import Any

import numpy as np

from mpvn.bundles.engines import ENGINES
from mpvn.bundles.runtime import Runtime
from mpvn.errors import InputError
from mpvn.layers.preprocessing import Preprocessing
from mpvn.live.steps import BundleSteps
from mpvn.model.network import VideoNetwork
from mpvn.schedule.schedule import Schedule


class BundledClips:
    """Runs a bundle over clips, each from its first frame.

    Args:
        folder: folder of the bundle.
        engine: see `mpvn.Runtime`.
        network: the network of the bundle, or one with the same frames and outputs.

    Attributes:
        schedule: schedule of its units.
        preprocessing: the range of its pixels.
        title: title of the runtime.

    Raises:
        InputError: the bundle has other frames or outputs than the network.
    """

    def __init__(self, folder: str | Path, engine: str | None, network: VideoNetwork) -> None:
        steps = BundleSteps(Runtime(folder, engine))
        self._runtime = steps.runtime
        self.title = ENGINES[self._runtime.engine].title
        self._beginning = self._runtime.get_state()
        self.schedule: Schedule = steps.network.schedule
        self.preprocessing: Preprocessing = steps.network.preprocessing
        output = tuple(self._runtime.manifest.output_shape[1:])
        for what, found, wanted in (
            ("frames", steps.network.frame_shape, network.frame_shape),
            ("outputs", output, network.compute_output_shape((None, None, *network.frame_shape))[2:]),
        ):
            if tuple(found) != tuple(wanted):
                raise InputError(
                    f"{folder} has {what} of shape {list(found)}, the run {list(wanted)}: give a bundle of it"
                )

    def run(self, video: Any) -> np.ndarray:
        """Outputs [batch, time, ...] of clips [batch, time, *frame]."""
        video, streams = np.asarray(video, np.float32), self._runtime.batch_size
        outputs = []
        for begin in range(0, len(video), streams):
            clips = video[np.arange(begin, begin + streams) % len(video)]  # the last ones are padded
            self._runtime.set_state(self._beginning)
            outputs.append(self._runtime.step_chunk(clips))
        return np.concatenate(outputs)[: len(video)]
