"""Learning from a video at its own frame rate: who sees which frame, and whose output is there when.

Every subnetwork takes one tick, forward or backward (Sideways, section 4.1). Blocking backpropagation takes a frame,
has its output `D - 1` ticks later, and is through with the backward pass after `2 D - 1` ticks in all; the frames that
come meanwhile are missed, and its last output is held. Sideways takes every frame and has an output at every tick.
"""

from dataclasses import dataclass

import numpy as np

from mpvn.errors import InputError


class RealTimeSource:
    """One frame per tick, whether somebody takes it or not.

    Plain Python: it counts ticks and says which frame is there; the frames themselves stay where they are.

    Args:
        num_frames: length of the video.

    Attributes:
        tick: the current one; frame `tick` is there.
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
        """The current frame; its reader is busy for `busy` ticks after this one, and misses their frames.

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
    """What a learner does with a video.

    Attributes:
        taken: the frames that it learns from, in order.
        shown: for every tick, which of `taken` the output that is there was made from, as an index; -1 for none yet.
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
    """A learner that is never busy for long, but whose outputs are those of blocking backpropagation.

    This is not possible in real time; it tells what is lost to stale outputs from what is lost to missed frames.
    """
    shown = blocking(num_frames, num_subnetworks)
    at = np.where(shown.shown < 0, -1, shown.taken[shown.shown])
    return Timeline(np.arange(num_frames), at, np.zeros(0, int))
