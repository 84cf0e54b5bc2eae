"""What a live video needs of whatever runs a network frame by frame: `mpvn.Stream`, or a bundle in another runtime."""

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
    """A network that is streamed."""

    @property
    def schedule(self) -> Schedule:
        """Of its units."""


@runtime_checkable
class Steps(Protocol):
    """Runs a network frame by frame, with the contract of `mpvn.Stream`."""

    @property
    def network(self) -> "Streamed":
        """The network that runs."""

    @property
    def valid(self) -> np.ndarray:
        """Whether the latest output is valid: bool [batch]."""

    def step(self, frame: Any) -> Any:
        """The output [batch, ...] of one frame [batch, *frame]."""

    def reset(self) -> None:
        """Restarts with the next frame."""

    def warm_up(self) -> None:
        """Makes all that the next frames need."""

    def get_state(self) -> Any:
        """All that is kept between two calls."""

    def set_state(self, state: Any) -> None:
        """Goes on from a state."""


class BundledNetwork:
    """What a bundle says of its network.

    Attributes:
        frame_shape: of one frame.
        preprocessing: which pixels it takes.
        viewing: how recordings become its frames.
        schedule: of its units.
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
