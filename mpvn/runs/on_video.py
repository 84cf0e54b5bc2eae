"""A network over a live video: one frame in, one prediction out."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TextIO

import numpy as np
import tensorflow as tf

from mpvn.data.files.writer import VideoWriter
from mpvn.data.video_data import VideoData
from mpvn.engines.stream import Stream
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
    run = Stream(network)
    prepare = tf.function(lambda frame: _fit(frame, network.frame_shape), input_signature=[_FRAME])
    _warm_up(network, run, prepare)
    least, mean, largest = network.schedule.information_latency
    age = f"{least}" if least == largest else f"{least}-{largest}"
    summary, out = Summary(), out or sys.stdout
    begin = time.perf_counter()
    try:
        for index, frame in enumerate(frames):
            due = begin + index / fps
            if realtime:
                time.sleep(max(0.0, due - time.perf_counter()))
            arrival = due if realtime else time.perf_counter()
            fitted = prepare(frame)
            output = run.step(fitted).numpy()[0]
            now = time.perf_counter()
            summary.latencies.append(now - arrival)
            summary.num_frames += 1
            summary.seconds = now - begin
            late = realtime and now > due + 1 / fps
            summary.num_late += late
            valid = run.valid[0]
            words, picture = task.live(data, fitted[0].numpy(), output) if valid else ("warming up", None)
            rate = summary.num_frames / summary.seconds
            line = f"frame {index}  {words}  {rate:.1f} frames/s  {1000 * (now - arrival):.1f} ms  {age} frames"
            _show(line, index, out)
            if writer is not None:
                shown = np.ascontiguousarray(frame) if picture is None else _enlarged(picture, frame.shape)
                if valid:
                    shown = task.annotate(shown, output, _placing(frame.shape, network.frame_shape))
                writer.write(caption(shown, [words, f"frame {index}, {age} frames old"]))
    finally:
        if out.isatty():
            print(file=out)
    return summary


_FRAME = tf.TensorSpec([None, None, 3], tf.uint8)


def _fit(frame: tf.Tensor, frame_shape: Sequence[int]) -> tf.Tensor:
    """Resizes the shorter side and takes the centre: uint8 [h, w, 3] to float32 [1, height, width, 3] in [0, 1]."""
    height, width, _ = frame_shape
    size = tf.cast(tf.shape(frame)[:2], tf.float32)
    scale = tf.reduce_max(tf.constant([height, width], tf.float32) / size)
    resized = tf.image.resize(frame, tf.cast(tf.math.ceil(size * scale - 1e-3), tf.int32), antialias=True)
    return tf.image.resize_with_crop_or_pad(resized, height, width)[tf.newaxis] / 255.0


def _placing(shape: Sequence[int], frame_shape: Sequence[int]) -> Callable[[np.ndarray], np.ndarray]:
    """A function that takes points [n, 2], (x, y) in pixels, from the frame that `_fit` gives back to the video's."""
    size, wanted = np.asarray(shape[:2], np.float32), np.asarray(frame_shape[:2], np.float32)
    resized = np.ceil(size * (wanted / size).max() - np.float32(1e-3))
    margin = (resized - wanted) // 2
    return lambda points: (points + margin[::-1]) * (size / resized)[::-1]


def _warm_up(network: VideoNetwork, run: Stream, prepare: Callable[[np.ndarray], tf.Tensor]) -> None:
    """Builds the functions of a whole hyper-period, so that the first frames are not late for that."""
    state = run.get_state()
    blank = np.zeros(network.frame_shape, np.uint8)
    for _ in range(network.schedule.hyper_period):
        run.step(prepare(blank))
    run.set_state(state)


def _enlarged(picture: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """A float picture in [0, 1] in the middle of a black frame of the given shape, as large as fits, as uint8."""
    enlarged = tf.image.resize_with_pad(np.clip(picture, 0, 1) * 255, shape[0], shape[1], method="nearest")
    return enlarged.numpy().astype(np.uint8)


def _show(line: str, index: int, out: TextIO) -> None:
    if out.isatty():
        print(f"\r{line:<78}", end="", flush=True, file=out)
    elif index % 25 == 0:  # a file or a pipe gets a line per second of video, not one that is written over
        print(line, flush=True, file=out)
