"""Runs a network over a live video: one frame in, one output out."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import tensorflow as tf

from mpvn.bundles.runtime import Runtime
from mpvn.data.files.reader import VideoReader
from mpvn.engines.network import Network
from mpvn.engines.stream import Stream
from mpvn.errors import InputError
from mpvn.live.clock import Clock
from mpvn.live.fitting import Fitting
from mpvn.live.moment import Moment, Picture
from mpvn.live.source import PATIENCE, Source, is_live
from mpvn.live.steps import BundleSteps, Steps


@dataclass(frozen=True)
class LiveOutput:
    """The output of a network for one frame of a live video.

    Attributes:
        output: [...], the network's output at this frame; unspecified while `valid` is false.
        valid: whether the output depends on frames of this video only; false until the pipeline is full.
        frame: the frame from the source; uint8 [height, width, 3] for a file or camera.
        index: index of the frame, starting at 0; equal to the tick.
        fitted: [*frame_shape], the frame as the network got it.
        seconds: time from when the source delivered the frame until the output, in seconds.
        time: time of the frame, in seconds after the first one; for an iterable, which has no times, its index.
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
        stream: the running stream: a `mpvn.Stream` if a network was given.
        source: the `Source` of a file, camera or address; None if frames come from elsewhere.
    """

    def __init__(
        self,
        source: str | Path | Iterable[np.ndarray],
        network: Network | Runtime | Steps,
        executions: str = "scheduled",
        realtime: bool | None = None,
        patience: float = PATIENCE,
        clock: Clock | None = None,
    ) -> None:
        """Takes the arguments of `stream`; `Steps` in place of a network must be warmed up."""
        clock = clock or Clock()
        if not isinstance(source, (str, Path, Iterable)):
            raise InputError(f"source={source!r}: expected a video file, 'camera:N' or an iterable of frames")
        name, frames = (source, ()) if isinstance(source, (str, Path)) else (None, source)
        warm = isinstance(network, Steps) and not isinstance(network, Runtime)
        self.stream = _steps(network, executions)
        fit = Fitting(self.stream.network)
        if name is not None and is_live(name) and not warm:  # a live source continues while functions are traced
            _warm_up(self.stream, fit)
            warm = True
        self.source = None if name is None else Source(name, fit.viewing, realtime, patience, clock)
        moments = _moments(frames) if self.source is None else self.source
        self._outputs = _outputs(moments, self.source, self.stream, fit, warm, clock)

    @property
    def reader(self) -> VideoReader | None:
        """The reader of a file, camera or address; None if frames come from elsewhere."""
        return None if self.source is None else self.source.reader

    @property
    def dropped(self) -> int:
        """The number of frames dropped so far, because newer ones were available."""
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
        """Ends the loop and closes the file or camera and the threads that read it."""
        self._outputs.close()
        if self.source is not None:
            self.source.close()


def stream(
    source: str | Path | Iterable[np.ndarray],
    network: Network | Runtime,
    executions: str = "scheduled",
    realtime: bool | None = None,
    patience: float = PATIENCE,
) -> Live:
    """Runs a network over a live video, frame by frame.

    ```
    for out in mpvn.stream("clip.mp4", network):     # or "camera:0", or any iterable of arrays
        if out.valid:
            print(out.index, out.output.argmax())
    ```

    A network of a run folder (`mpvn.load`) gets frames as in its evaluation: at the rate and stride of its training,
    with the same scaling and cropping (`network.viewing`). Other networks get every frame.

    Files are not read ahead: a frame is read when the loop asks for it, and no frame is skipped. A thread reads a live
    source, the loop takes the newest frame, and `dropped` counts frames that came too fast: the lag is at most the
    time between two frames of the source plus the time of a step. The source is closed whenever the loop ends;
    `with mpvn.stream(...) as live:` closes it at the end of the block.

    Args:
        source: a video file, `"camera:N"` for the N-th camera, `/dev/videoN`, an address that FFmpeg opens, a named
            pipe, `"-"` for standard input; or an iterable of frames: 8-bit pictures [height, width, channels] of any
            size, or floating point in the range that `network.preprocessing` says.
        network: a VideoNetwork, which is compiled here for a batch of one, or a `mpvn.Runtime` of one stream.
        executions: see `mpvn.Stream`.
        realtime: whether to play the source in real time; by default only live sources. False takes every frame of any
            source, however late.
        patience: seconds for which a lost live source is reopened; a silent source counts as lost after half of this
            time. The stream then starts again: outputs are not valid until the pipeline is full again.

    Returns:
        An iterator of `LiveOutput` (output, valid, frame, index, fitted, seconds, time) and context manager. Its
        `stream` is the running `mpvn.Stream`, its `reader` has the rate and size of a file, and `dropped` is the number
        of dropped frames.

    Raises:
        InputError: the source cannot be read, does not answer or was lost, or a frame does not fit the network; while
            iterating, if a file is damaged.

    Ours.
    """
    return Live(source, network, executions, realtime, patience)


def _steps(network: Network | Runtime | Steps, executions: str) -> Steps:
    """What runs the network, for a batch of one."""
    if isinstance(network, Runtime):
        if network.batch_size != 1:
            raise InputError(
                f"the bundle takes {network.batch_size} streams, but a video is one: export it with batch_size=1"
            )
        return BundleSteps(network)
    return network if isinstance(network, Steps) else Stream(network, executions=executions)


def _moments(frames: Iterable[np.ndarray]) -> Iterable[Moment]:
    return (Moment(Picture(frame), float(index)) for index, frame in enumerate(frames))


def _warm_up(run: Steps, fit: Fitting) -> None:
    run.warm_up()
    fit.warm_up()


def _outputs(
    moments: Iterable[Moment], source: Source | None, run: Steps, fit: Fitting, warm: bool, clock: Clock
) -> Generator[LiveOutput, None, None]:
    # Refers neither to the `Live` nor to its user, so that it is collected once the loop is no longer referenced.
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
