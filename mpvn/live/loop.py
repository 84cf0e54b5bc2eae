"""The loop that everyone writes: one frame in, one output out."""

import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import tensorflow as tf

from mpvn.data.files.reader import VideoReader
from mpvn.engines.network import Network
from mpvn.engines.stream import Stream
from mpvn.errors import InputError
from mpvn.live.fitting import Fitting


@dataclass(frozen=True)
class LiveOutput:
    """What a network says at one frame of a live video.

    Attributes:
        output: [...], of the network at this frame; unspecified while `valid` is false.
        valid: whether it rests on frames of this video only; false until the pipeline is full.
        frame: as the source gave it; of a file or camera uint8 [height, width, 3].
        index: number of the frame, from 0 on.
        fitted: [*frame_shape], the frame as the network got it.
        seconds: from the moment at which the source had given the frame to the output.
    """

    output: np.ndarray
    valid: bool
    frame: np.ndarray
    index: int
    fitted: np.ndarray
    seconds: float


class Live:
    """A network over a live video; see `stream`.

    Attributes:
        stream: the `mpvn.Stream` that runs.
        reader: the `VideoReader` of a file or camera; None where frames come from elsewhere.
    """

    def __init__(
        self, source: str | Path | Iterable[np.ndarray], network: Network, executions: str = "scheduled"
    ) -> None:
        self.reader: VideoReader | None = None
        if isinstance(source, (str, Path)):
            self.reader = source = VideoReader(source)
        elif not isinstance(source, Iterable):
            raise InputError(f"source={source!r}: expected a video file, 'camera:N' or something that gives frames")
        self.stream = Stream(network, executions=executions)
        self._outputs = _outputs(source, self.stream, self.reader)

    def __iter__(self) -> Generator[LiveOutput, None, None]:
        return self._outputs

    def __next__(self) -> LiveOutput:
        return next(self._outputs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the loop and closes the file or camera, with the threads that decode it."""
        self._outputs.close()
        if self.reader is not None:
            self.reader.close()


def stream(source: str | Path | Iterable[np.ndarray], network: Network, executions: str = "scheduled") -> Live:
    """A network over a live video, frame by frame.

    ```
    for out in mpvn.stream("clip.mp4", network):     # or "camera:0", or anything that gives arrays
        if out.valid:
            print(out.index, out.output.argmax())
    ```

    Nothing is read ahead: a frame is taken when the loop asks for it. However the loop is left, the file or camera is
    closed; `with mpvn.stream(...) as live:` does so at a place of your own.

    Args:
        source: a video file, `"camera:N"` for the N-th camera, or an iterable of frames: 8-bit pictures
            [height, width, channels] of any size, or floating point in the range that `network.preprocessing` says.
        network: a VideoNetwork; compiled here, for a batch of one.
        executions: see `mpvn.Stream`.

    Returns:
        An iterator of `LiveOutput`: output, valid, frame, index, fitted and seconds; also a context manager. Its
        `stream` is the `mpvn.Stream` that runs, and its `reader` knows the rate and size of a file.

    Raises:
        InputError: the source cannot be read, or a frame does not fit the network; while iterating, if a file is
            damaged.
    """
    return Live(source, network, executions)


def _outputs(
    source: Iterable[np.ndarray], run: Stream, reader: VideoReader | None
) -> Generator[LiveOutput, None, None]:
    # Holds neither the `Live` nor what iterates over it, so that it ends with the loop that nobody refers to any more.
    fit = Fitting(run.network)
    try:
        run.warm_up()
        fit.warm_up()
        for index, frame in enumerate(source):
            begin = time.perf_counter()
            fitted = fit(frame)
            output = run.step(fitted[tf.newaxis]).numpy()[0]
            seconds = time.perf_counter() - begin
            yield LiveOutput(output, bool(run.valid[0]), frame, index, fitted.numpy(), seconds)
    finally:
        if reader is not None:
            reader.close()
