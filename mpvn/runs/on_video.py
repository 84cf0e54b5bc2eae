"""A network over a live video: one frame in, one prediction out."""

import contextlib
import sys
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
import tensorflow as tf

from mpvn.data.files.writer import VideoWriter
from mpvn.data.video_data import VideoData
from mpvn.live.fitting import Fitting, placing
from mpvn.live.loop import Live, LiveOutput
from mpvn.live.source import PATIENCE, Source
from mpvn.live.steps import Steps
from mpvn.results.pictures import caption
from mpvn.runs.labels import Labels
from mpvn.tasks.task import Task


@dataclass
class Summary:
    """Statistics of a live run.

    Attributes:
        num_frames: number of processed frames.
        num_dropped: number of frames that came too fast; only in real time.
        num_breaks: number of times the source was lost and reopened.
        latencies: seconds from each frame's arrival to its prediction.
        seconds: from the first frame to the last prediction.
    """

    num_frames: int = 0
    num_dropped: int = 0
    num_breaks: int = 0
    latencies: array = field(default_factory=lambda: array("d"))  # live sources may run for days
    seconds: float = 0.0

    def add(self, latency: float, seconds: float, source: Source) -> None:
        """Records a frame."""
        self.num_frames += 1
        self.latencies.append(latency)
        self.seconds = seconds
        self.num_dropped, self.num_breaks = source.dropped, source.breaks

    def line(self, realtime: bool) -> str:
        if not self.num_frames:
            return "no frames"
        median, largest = 1000 * np.median(self.latencies), 1000 * max(self.latencies)
        parts = [f"{self.num_frames} frames", f"{self.num_frames / self.seconds:.1f} frames/s"]
        parts.append(f"median latency {median:.1f} ms per frame" + (f" (at most {largest:.1f} ms)" if realtime else ""))
        if realtime:
            parts.append(f"{self.num_dropped} frames dropped")
        if self.num_breaks:
            parts.append(f"lost and reopened {self.num_breaks} times")
        return ", ".join(parts)


class OnVideo:
    """Streams videos through a network, in sequence, and prints a live line.

    Args:
        stream: the running network, `mpvn.Stream` or a bundle.
        task: its task, which determines what to show.
        data: the VideoData of its training.
        labels: output for the labels of each frame, or None.
        out: output for the lines; by default stdout.
    """

    def __init__(
        self,
        stream: Steps,
        task: Task,
        data: VideoData,
        labels: Labels | None = None,
        out: TextIO | None = None,
    ) -> None:
        self.network, self.task, self.data, self.labels = stream.network, task, data, labels
        self.out = out or sys.stdout
        self._fit, self._stream = Fitting(stream.network), stream
        self._fit.warm_up()
        self._stream.warm_up()
        self._beginning = self._stream.get_state()

    def stream(
        self,
        name: str,
        output: str | None = None,
        realtime: bool | None = None,
        patience: float = PATIENCE,
        max_frames: int | None = None,
    ) -> Summary:
        """Streams one video from its beginning; see `mpvn.live.source.Source`.

        Args:
            name: name of the video.
            output: file for annotated frames, or None. In real time they are repeated, so that the file keeps time.
            realtime: whether to play it in real time.
            patience: seconds for which a lost source is reopened.
            max_frames: number of frames after which it ends.

        Raises:
            InputError: the source cannot be read; frames already written are kept.
        """
        self._stream.set_state(self._beginning)
        with contextlib.ExitStack() as stack:
            live = stack.enter_context(Live(name, self._stream, realtime=realtime, patience=patience))
            assert live.source is not None
            played, shown = live.source.realtime, None
            if output is not None:
                Path(output).parent.mkdir(parents=True, exist_ok=True)
                writer = stack.enter_context(VideoWriter(output, live.source.rate, live.source.reader.size))
                shown = _Shown(writer, float(live.source.rate) if played else None)
            summary = self._through(live, live.source, shown, max_frames)
        print(f"{live.source.name}: {summary.line(played)}", file=self.out)
        if output is not None:
            print(f"annotated video: {output}", file=self.out)
        return summary

    def _through(self, live: Live, source: Source, shown: "_Shown | None", max_frames: int | None) -> Summary:
        summary, begin = Summary(), time.perf_counter()
        least, mean, largest = self.network.schedule.information_latency
        age = f"{least}" if least == largest else f"{least} to {largest}"
        age += " frame old" if largest == 1 else " frames old"
        try:
            for output in islice(live, max_frames):
                summary.add(output.seconds, time.perf_counter() - begin, source)
                words, picture = self._said(source.name, output)
                rate = summary.num_frames / summary.seconds
                milliseconds = 1000 * output.seconds
                line = f"frame {output.index}  {words}  {rate:.1f} frames/s  {milliseconds:.1f} ms  {age}"
                _show(line, output.index, self.out)
                if shown is not None:
                    marked = self._marked(output, picture)
                    lines = [words, self.task.legend, f"frame {output.index}; the output is {age}"]
                    shown.write(caption(marked, [line for line in lines if line]), output.time)
        finally:
            if self.out.isatty():
                print(file=self.out)
        return summary

    def _said(self, name: str, output: LiveOutput) -> tuple[str, np.ndarray | None]:
        """Text on an output, and a picture that replaces the frame; writes the labels."""
        if self.labels is not None:
            probabilities = self.task.classes(self.data, output.output) if output.valid else None
            self.labels.write(name, output.time, output.index, probabilities)
        if not output.valid:
            return "warming up", None
        return self.task.live(self.data, self.network.preprocessing.to_unit_range(output.fitted), output.output)

    def _marked(self, output: LiveOutput, picture: np.ndarray | None) -> np.ndarray:
        """The frame of an output with the task's annotation, or the picture that replaces it."""
        frame = np.ascontiguousarray(output.frame)
        shown = frame if picture is None else _enlarged(picture, frame.shape)
        if not output.valid:
            return shown
        place = placing(frame.shape, self.network.frame_shape, self._fit.short_side)
        return self.task.annotate(shown, output.output, place)


class _Shown:
    """Writes annotated frames to a file: at a rate, each is repeated until the next one's time.

    Args:
        writer: writer of the file.
        rate: rate of the file if frames are written by their times; None writes each one once.
    """

    def __init__(self, writer: VideoWriter, rate: float | None) -> None:
        self._writer, self._rate = writer, rate
        self._latest: np.ndarray | None = None

    def write(self, frame: np.ndarray, seconds: float) -> None:
        if frame.shape[:2] != self._writer.size:  # a reopened source may give another one
            frame = _enlarged(frame / 255, self._writer.size)
        if self._rate is not None and self._latest is not None:
            while self._writer.num_frames < round(seconds * self._rate):
                self._writer.write(self._latest)
        self._writer.write(frame)
        self._latest = frame


def _enlarged(picture: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """A float picture in [0, 1] in the middle of a black frame of the given shape, as large as fits, as uint8."""
    enlarged = tf.image.resize_with_pad(np.clip(picture, 0, 1) * 255, shape[0], shape[1], method="nearest")
    return enlarged.numpy().astype(np.uint8)


def _show(line: str, index: int, out: TextIO) -> None:
    if out.isatty():
        print(f"\r{line:<78}", end="", flush=True, file=out)
    elif index % 25 == 0:  # a file or a pipe gets a line per second of video instead of one line that is overwritten
        print(line, flush=True, file=out)
