"""Whole pictures of interlaced video, whose frames hold the even rows of one moment and the odd rows of another."""

from collections import deque
from collections.abc import Generator, Iterable
from fractions import Fraction
from typing import Any

from mpvn.data.files.video_error import import_av


def deinterlaced(frames: Iterable[Any]) -> Generator[Any, None, None]:
    """Deinterlaces frames that are marked as interlaced, into the picture of their first moment.

    The missing rows are made up from those above, below, before and after by FFmpeg's filter bwdif, as players do; so
    from the first interlaced frame on, each frame is given out when the next one is there. Time stamps are kept.

    Args:
        frames: PyAV's, decoded.
    """
    graph = None
    for frame in frames:
        if graph is None and frame.interlaced_frame:
            graph = _Graph(frame)
        if graph is None:
            yield frame
        else:
            yield from graph.push(frame)
    if graph is not None:
        yield from graph.push(None)


class _Graph:
    """FFmpeg's filter; created again if the size or format of the frames changes."""

    def __init__(self, frame: Any) -> None:
        self._av = import_av()
        self._stamps: deque[int | None] = deque()
        self._make(frame)

    def _make(self, frame: Any) -> None:
        self._kind = (frame.width, frame.height, frame.format.name)
        graph = self._av.filter.Graph()
        begin = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base or Fraction(1, 1000)
        )
        graph.link_nodes(
            begin, graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced"), graph.add("buffersink")
        )
        graph.configure()
        self._graph = graph

    def push(self, frame: Any | None) -> Generator[Any, None, None]:
        """The frames that are ready after the next frame; None means the end."""
        if frame is not None and self._kind != (frame.width, frame.height, frame.format.name):
            yield from self.push(None)
            self._make(frame)
        if frame is not None:
            self._stamps.append(frame.pts)
        self._graph.push(frame)
        while True:
            try:
                ready = self._graph.pull()
            except (BlockingIOError, EOFError):  # PyAV's exceptions for "not yet" and "no more"
                return
            ready.pts = self._stamps.popleft()  # the filter counts in other units
            yield ready
