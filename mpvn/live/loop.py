"""The loop that everyone writes: one frame in, one output out."""

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
from mpvn.live.clock import Clock
from mpvn.live.fitting import Fitting
from mpvn.live.moment import Moment, Picture
from mpvn.live.source import PATIENCE, Source, is_live
from mpvn.live.steps import Steps


@dataclass(frozen=True)
class LiveOutput:
    """What a network says at one frame of a live video.

    Attributes:
        output: [...], of the network at this frame; unspecified while `valid` is false.
        valid: whether it rests on frames of this video only; false until the pipeline is full.
        frame: as the source gave it; of a file or camera uint8 [height, width, 3].
        index: number of the frame, starting at 0: that of the tick.
        fitted: [*frame_shape], the frame as the network got it.
        seconds: from the moment at which the source had given the frame to the output.
        time: of the frame, in seconds after the first one; of an iterable its index, which has no times.
    """

    output: np.ndarray
    valid: bool
    frame: np.ndarray
    index: int
    fitted: np.ndarray
    seconds: float
    time: float


class Live:
    """A network over a live video; see `stream`.

    Attributes:
        stream: what runs, `mpvn.Stream` where a network was given.
        source: the `Source` of a file, camera or address; None if frames come from elsewhere.
    """

    def __init__(
        self,
        source: str | Path | Iterable[np.ndarray],
        network: Network | Steps,
        executions: str = "scheduled",
        realtime: bool | None = None,
        patience: float = PATIENCE,
        clock: Clock | None = None,
    ) -> None:
        """Takes the arguments of `stream`; `Steps` instead of a network are taken as they are, warmed up."""
        clock = clock or Clock()
        if not isinstance(source, (str, Path, Iterable)):
            raise InputError(f"source={source!r}: expected a video file, 'camera:N' or something that gives frames")
        name, frames = (source, ()) if isinstance(source, (str, Path)) else (None, source)
        warm = isinstance(network, Steps)
        self.stream: Steps = network if isinstance(network, Steps) else Stream(network, executions=executions)
        fit = Fitting(self.stream.network)
        if name is not None and is_live(name) and not warm:  # a live source goes on while functions are traced
            _warm_up(self.stream, fit)
            warm = True
        self.source = None if name is None else Source(name, fit.viewing, realtime, patience, clock)
        moments = _moments(frames) if self.source is None else self.source
        self._outputs = _outputs(moments, self.source, self.stream, fit, warm, clock)

    @property
    def reader(self) -> VideoReader | None:
        """Of a file, camera or address."""
        return None if self.source is None else self.source.reader

    @property
    def dropped(self) -> int:
        """How many frames were dropped so far, because newer ones were there."""
        return 0 if self.source is None else self.source.dropped

    def __iter__(self) -> Generator[LiveOutput, None, None]:
        return self._outputs

    def __next__(self) -> LiveOutput:
        return next(self._outputs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the loop and closes the file or camera, with the threads that read it."""
        self._outputs.close()
        if self.source is not None:
            self.source.close()


def stream(
    source: str | Path | Iterable[np.ndarray],
    network: Network,
    executions: str = "scheduled",
    realtime: bool | None = None,
    patience: float = PATIENCE,
) -> Live:
    """A network over a live video, frame by frame.

    ```
    for out in mpvn.stream("clip.mp4", network):     # or "camera:0", or anything that gives arrays
        if out.valid:
            print(out.index, out.output.argmax())
    ```

    A network of a run folder (`mpvn.load`) is shown what its evaluation shows it: frames at the rate and stride that it
    was trained at, by time, scaled and cut out as they were then (`network.viewing`). Other networks get every frame.

    Of a file nothing is read ahead: a frame is taken when the loop asks for it, and none is left out. A live source is
    read by a thread, the newest frame is taken, and `dropped` counts those that came too fast: the lag is at most the
    time between two frames of the source and the time of a step. However the loop is left, the source is closed;
    `with mpvn.stream(...) as live:` does so at a place of your own.

    Args:
        source: a video file, `"camera:N"` for the N-th camera, `/dev/videoN`, an address that FFmpeg opens, a named
            pipe, `"-"` for standard input; or an iterable of frames: 8-bit pictures [height, width, channels] of any
            size, or floating point in the range that `network.preprocessing` says.
        network: a VideoNetwork; compiled here, for a batch of one.
        executions: see `mpvn.Stream`.
        realtime: whether the source is played as a live one; by default if it is live. False takes every frame of any
            source, however late.
        patience: seconds for which a live source that was lost is tried again; one that is silent counts as lost after
            half of them. The stream then starts again: outputs are not valid until the pipeline is full again.

    Returns:
        An iterator of `LiveOutput`: output, valid, frame, index, fitted, seconds and time; also a context manager. Its
        `stream` is the `mpvn.Stream` that runs, its `reader` knows the rate and size of a file, and `dropped` counts.

    Raises:
        InputError: the source cannot be read, does not answer or was lost, or a frame does not fit the network; while
            iterating, if a file is damaged.
    """
    return Live(source, network, executions, realtime, patience)


def _moments(frames: Iterable[np.ndarray]) -> Iterable[Moment]:
    return (Moment(Picture(frame), float(index)) for index, frame in enumerate(frames))


def _warm_up(run: Steps, fit: Fitting) -> None:
    run.warm_up()
    fit.warm_up()


def _outputs(
    moments: Iterable[Moment], source: Source | None, run: Steps, fit: Fitting, warm: bool, clock: Clock
) -> Generator[LiveOutput, None, None]:
    # Holds neither the `Live` nor what iterates over it, so that it ends with the loop that nobody refers to any more.
    connection = 0
    try:
        if not warm:
            _warm_up(run, fit)
        for index, moment in enumerate(moments):
            begin = clock.now() if moment.given is None else moment.given
            if moment.connection != connection:
                connection = moment.connection
                run.reset()
            fitted = fit(moment.shot.picture(fit.short_side))
            output = np.asarray(run.step(fitted[tf.newaxis]))[0]
            seconds = clock.now() - begin
            frame = moment.shot.picture()
            yield LiveOutput(output, bool(run.valid[0]), frame, index, fitted.numpy(), seconds, moment.seconds)
    finally:
        if source is not None:
            source.close()
