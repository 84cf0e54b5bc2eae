"""A network over a live video: one frame in, one prediction out."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TextIO

import numpy as np
import tensorflow as tf

from mpvn.data.files.writer import VideoWriter
from mpvn.data.video_data import VideoData
from mpvn.live.fitting import placing
from mpvn.live.loop import stream as live_stream
from mpvn.model.network import VideoNetwork
from mpvn.results.pictures import caption
from mpvn.tasks.task import Task


@dataclass
class Summary:
    """What a live run did.

    Attributes:
        num_frames: frames that went through.
        num_late: frames whose prediction was not there before the next frame was due; only in real time.
        latencies: seconds from each frame's arrival to its prediction.
        seconds: from the first frame to the last prediction.
    """

    num_frames: int = 0
    num_late: int = 0
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def line(self, realtime: bool) -> str:
        if not self.num_frames:
            return "no frames"
        latency = 1000 * np.median(self.latencies)
        late = f", {self.num_late} frames came too late" if realtime else ""
        rate = self.num_frames / self.seconds
        return f"{self.num_frames} frames, {rate:.1f} frames/s, median latency {latency:.1f} ms per frame{late}"


def stream(
    network: VideoNetwork,
    task: Task,
    data: VideoData,
    frames: Iterable[np.ndarray],
    fps: float,
    writer: VideoWriter | None = None,
    realtime: bool = False,
    out: TextIO | None = None,
) -> Summary:
    """Streams frames through a network and prints a live line.

    Args:
        network: a VideoNetwork.
        task: what it does; says what to show.
        data: the VideoData that it was trained on.
        frames: iterable of uint8 [height, width, 3].
        fps: the video's own rate, for real time.
        writer: a VideoWriter for annotated frames, or None.
        realtime: waits for each frame's time, and counts those whose prediction is late.
        out: where the live line goes; by default stdout.

    Returns:
        A Summary. If `frames` raises, what was written before is kept.
    """
    least, mean, largest = network.schedule.information_latency
    age = f"{least}" if least == largest else f"{least}-{largest}"
    summary, out = Summary(), out or sys.stdout
    paced = _Paced(frames, fps if realtime else None)
    try:
        for live in live_stream(paced, network):
            now, due = time.perf_counter(), paced.begin + live.index / fps
            latency = now - due if realtime else live.seconds
            summary.latencies.append(latency)
            summary.num_frames += 1
            summary.seconds = now - paced.begin
            summary.num_late += realtime and now > due + 1 / fps
            fitted = network.preprocessing.to_unit_range(live.fitted)
            words, picture = task.live(data, fitted, live.output) if live.valid else ("warming up", None)
            rate = summary.num_frames / summary.seconds
            line = f"frame {live.index}  {words}  {rate:.1f} frames/s  {1000 * latency:.1f} ms  {age} frames"
            _show(line, live.index, out)
            if writer is not None:
                shown = np.ascontiguousarray(live.frame)
                if picture is not None:
                    shown = _enlarged(picture, shown.shape)
                if live.valid:
                    shown = task.annotate(shown, live.output, placing(live.frame.shape, network.frame_shape))
                writer.write(caption(shown, [words, f"frame {live.index}, {age} frames old"]))
    finally:
        if out.isatty():
            print(file=out)
    return summary


class _Paced:
    """Frames at their own rate, the first one at once; without a rate as they are asked for."""

    def __init__(self, frames: Iterable[np.ndarray], fps: float | None) -> None:
        self.begin = 0.0
        self._frames, self._fps = frames, fps

    def __iter__(self) -> Iterator[np.ndarray]:
        self.begin = time.perf_counter()
        for index, frame in enumerate(self._frames):
            if self._fps is not None:
                time.sleep(max(0.0, self.begin + index / self._fps - time.perf_counter()))
            yield frame


def _enlarged(picture: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """A float picture in [0, 1] in the middle of a black frame of the given shape, as large as fits, as uint8."""
    enlarged = tf.image.resize_with_pad(np.clip(picture, 0, 1) * 255, shape[0], shape[1], method="nearest")
    return enlarged.numpy().astype(np.uint8)


def _show(line: str, index: int, out: TextIO) -> None:
    if out.isatty():
        print(f"\r{line:<78}", end="", flush=True, file=out)
    elif index % 25 == 0:  # a file or a pipe gets a line per second of video, not one that is written over
        print(line, flush=True, file=out)
