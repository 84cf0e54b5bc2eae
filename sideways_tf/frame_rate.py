"""Learning from a video at its own frame rate: which frames a learner sees, and when its outputs are ready.

Every subnetwork takes one tick, forward or backward (Sideways, section 4.1). Blocking backpropagation takes a frame,
has its output `D - 1` ticks later, and finishes the backward pass after `2 D - 1` ticks in total; it misses the frames
that come meanwhile, and holds its last output. Sideways takes every frame and has an output at every tick.
"""

from dataclasses import dataclass

import numpy as np

from mpvn.errors import InputError


class RealTimeSource:
    """One frame per tick, whether it is taken or not.

    Plain Python: it only counts ticks and frame indices.

    Args:
        num_frames: length of the video.

    Attributes:
        tick: the current tick; its frame has the same index.
        missed: the frames that came while their reader was busy.
    """

    def __init__(self, num_frames: int) -> None:
        if num_frames < 1:
            raise InputError(f"num_frames={num_frames}: expected a video of at least one frame")
        self.num_frames = num_frames
        self.tick = 0
        self.missed: list[int] = []

    @property
    def is_over(self) -> bool:
        return self.tick >= self.num_frames

    def take(self, busy: int = 0) -> int:
        """Takes the current frame; the reader is then busy for `busy` ticks, and misses their frames.

        Raises:
            InputError: the video is over.
        """
        if self.is_over:
            raise InputError(f"the video is over: it has {self.num_frames} frames")
        taken = self.tick
        self.tick += 1 + busy
        self.missed += range(taken + 1, min(self.tick, self.num_frames))
        return taken


@dataclass(frozen=True)
class Timeline:
    """The frames that a learner takes, shows and misses in a video.

    Attributes:
        taken: the frames that it learns from, in order.
        shown: for every tick, the index in `taken` of the frame behind the current output; -1 for none yet.
        missed: the frames that it never sees.
    """

    taken: np.ndarray
    shown: np.ndarray
    missed: np.ndarray


def blocking(num_frames: int, num_subnetworks: int) -> Timeline:
    """Backpropagation that blocks for `2 (D - 1)` ticks per frame (Sideways, Fig. 3 left)."""
    source = RealTimeSource(num_frames)
    taken, shown = [], np.full(num_frames, -1)
    while not source.is_over:
        taken.append(source.take(busy=2 * (num_subnetworks - 1)))
        shown[taken[-1] + num_subnetworks - 1 :] = len(taken) - 1
    return Timeline(np.array(taken), shown, np.array(source.missed, int))


def every_frame(num_frames: int, num_subnetworks: int) -> Timeline:
    """A learner that takes every frame, but whose outputs are those of blocking backpropagation.

    This is not possible in real time; it separates the effects of stale outputs and of missed frames.
    """
    shown = blocking(num_frames, num_subnetworks)
    at = np.where(shown.shown < 0, -1, shown.taken[shown.shown])
    return Timeline(np.arange(num_frames), at, np.zeros(0, int))
