"""Frames that arrive at a rate of their own."""

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

    def __init__(self, num_frames: int):
        if num_frames < 1:
            raise InputError(f"num_frames={num_frames}: expected a video of at least one frame")
        self.num_frames = num_frames
        self.tick = 0
        self.missed = []

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
