"""The interface for running a network frame by frame: `mpvn.Stream`, or a bundle in another runtime."""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from mpvn.bundles.manifest import SCHEDULE, Frames
from mpvn.bundles.runtime import Runtime
from mpvn.bundles.state import RuntimeState
from mpvn.engines.network import TakesFrames
from mpvn.layers.preprocessing import Preprocessing
from mpvn.layers.viewing import Viewing
from mpvn.schedule.schedule import Schedule


class Streamed(TakesFrames, Protocol):
    """A streamed network."""

    @property
    def schedule(self) -> Schedule:
        """The schedule of its units."""


@runtime_checkable
class Steps(Protocol):
    """Runs a network frame by frame, with the interface of `mpvn.Stream`."""

    @property
    def network(self) -> "Streamed":
        """The network that runs."""

    @property
    def valid(self) -> np.ndarray:
        """Whether the latest output is valid: bool [batch]."""

    def step(self, frame: Any) -> Any:
        """The output [batch, ...] of one frame [batch, *frame]."""

    def reset(self) -> None:
        """Starts again with the next frame."""

    def warm_up(self) -> None:
        """Compiles everything that the next frames need."""

    def get_state(self) -> Any:
        """The state between two calls."""

    def set_state(self, state: Any) -> None:
        """Continues from a state."""


class BundledNetwork:
    """The network of a bundle, from its manifest.

    Attributes:
        frame_shape: shape of one frame.
        preprocessing: the range of its pixels.
        viewing: how recordings become its frames.
        schedule: schedule of its units.
    """

    def __init__(self, folder: str | Path, frames: Frames) -> None:
        self.frame_shape = tuple(frames.shape)
        self.preprocessing = Preprocessing(white=frames.white)
        self.viewing = None if frames.viewing is None else Viewing.from_config(frames.viewing)
        self.schedule = Schedule.from_csv(Path(folder) / SCHEDULE)


class BundleSteps:
    """A bundle in one of its runtimes, for live video.

    Args:
        runtime: over one stream or several.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.network = BundledNetwork(runtime.folder, runtime.manifest.frames)

    @property
    def valid(self) -> np.ndarray:
        return self.runtime.valid

    def step(self, frame: Any) -> np.ndarray:
        return self.runtime.step(np.asarray(frame))

    def reset(self) -> None:
        self.runtime.reset()

    def warm_up(self) -> None:
        self.runtime.warm_up()

    def get_state(self) -> RuntimeState:
        return self.runtime.get_state()

    def set_state(self, state: RuntimeState) -> None:
        self.runtime.set_state(state)
