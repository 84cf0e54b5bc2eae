"""Learners of one stream, side by side in processes of their own; what is finished is kept."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import gin
from rich.progress import Progress

from mpvn import json_lines
from mpvn.benchmarks.support.processes import measure
from mpvn.ranges import Count, LocalPath, Positive, Seeds
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.result import Request
from sideways_tf.benchmarks import MEASUREMENTS
from sideways_tf.stream_learning import made_streams


@gin.configurable("streams", module="sideways")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/sideways/streams`.

    Attributes:
        num_clips: clips of a stream.
        num_frames: frames of a clip.
        size: height and width of frames, in pixels.
        width: of the autoencoder.
        batch: streams side by side.
        fps: frames per second.
        seeds: that are reported.
        sweep_seeds: on which learning rates are chosen.
        videos: folder of recordings to learn from in place of `moving_objects`.
    """

    num_clips: Count
    num_frames: Count
    size: Count
    width: Positive
    batch: Count
    fps: Count
    seeds: Seeds
    sweep_seeds: Seeds
    videos: LocalPath | None = None

    @property
    def shared(self) -> dict[str, Any]:
        """The arguments of `sideways_tf.stream_learning.learn` that are alike for all learners."""
        names = ("num_clips", "num_frames", "size", "width", "batch", "fps")
        return {name: getattr(self, name) for name in names} | ({"videos": self.videos} if self.videos else {})

    @property
    def words(self) -> str:
        """What the streams are, for notes."""
        if self.videos:
            return f"the recordings of a folder in order, {self.num_clips} clips of at most {self.num_frames} frames"
        return f"moving_objects at {self.fps} frames/s, {self.num_clips} clips of {self.num_frames} frames"


class Streams:
    """Runs `sideways_tf.stream_learning.learn` with the settings of a scale.

    Args:
        request: what a user wants: its scale has settings, which its parameters replace.

    Attributes:
        setting: of the streams.
    """

    def __init__(self, request: Request) -> None:
        self.setting = settings.read(Settings, "sideways/streams", request)
        self.store = request.folder / "streams.jsonl"
        self.data_dir = str(request.folder / "data")

    def learn(self, learners: Sequence[Mapping]) -> list[dict]:
        """What each learner found, in order; each is a dict of arguments of `learn` beside those of the scale."""
        for stride in {learner.get("stride", 1) for learner in learners}:
            self._make_data(stride)
        known = {row["key"]: row["result"] for row in json_lines.read(self.store)}
        with Progress(transient=True) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
            task = progress.add_task("streams", total=len(learners))

            def do(learner: Mapping) -> dict:
                key = json.dumps([learner, self.setting.shared], sort_keys=True)
                if key not in known:
                    known[key] = measure(
                        "stream",
                        1,
                        1,
                        MEASUREMENTS,
                        data_dir=self.data_dir,
                        **self.setting.shared,
                        **learner,
                    )
                    json_lines.append(self.store, {"key": key, "result": known[key]})
                progress.advance(task)
                return known[key]

            return list(pool.map(do, learners))

    def best_rate(self, rates: Sequence[float], **learner) -> tuple[float, dict[float, float]]:
        """The learning rate with the least mean error over the sweep's seeds, and the errors of all.

        A single rate is taken untried.
        """
        if len(rates) == 1:
            return rates[0], {}
        tried = [(rate, seed) for rate in rates for seed in self.setting.sweep_seeds]
        results = self.learn([{**learner, "learning_rate": rate, "seed": seed} for rate, seed in tried])
        errors = dict.fromkeys(rates, 0.0)
        for (rate, _), result in zip(tried, results, strict=True):
            # A learner that diverges is worse than any other.
            error = result["mse"] if math.isfinite(result["mse"]) else math.inf
            errors[rate] += error / len(self.setting.sweep_seeds)
        return min(errors, key=lambda rate: errors[rate]), errors

    def _make_data(self, stride: int) -> None:
        """Makes the clips before several learners ask for them at once."""
        shared = self.setting.shared
        if self.setting.videos is None:
            del shared["width"]
            next(iter(made_streams(**shared, data_dir=self.data_dir, stride=stride).batches("train", 1)))
