"""Learners of one stream, side by side in processes of their own; what is finished is kept."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.progress import Progress

from mpvn import json_lines
from mpvn.benchmarks.processes import measure
from mpvn.data import sources
from sideways_tf.benchmarks import PROBE

# Our choice.
SETTINGS = {
    "smoke": {"num_clips": 2, "num_frames": 24, "size": 16, "width": 0.05, "batch": 1, "fps": 25},
    "small": {"num_clips": 24, "num_frames": 300, "size": 32, "width": 0.5, "batch": 4, "fps": 100},
    "paper": {"num_clips": 2000, "num_frames": 300, "size": 112, "width": 1.0, "batch": 8, "fps": 25},
}
SEEDS = {"smoke": (0,), "small": (0, 1, 2), "paper": (0, 1, 2)}
# The seeds on which learning rates are chosen are none of those that are reported.
SWEEP_SEEDS = {"smoke": (100,), "small": (100, 101), "paper": (100,)}


class Streams:
    """Runs `sideways_tf.stream_learning.learn` with the settings of a scale.

    Args:
        scale: one of `SETTINGS`.
        folder: where data and results go.
    """

    def __init__(self, scale: str, folder: Path):
        self.setting, self.folder = SETTINGS[scale], folder
        self.seeds, self.sweep_seeds = SEEDS[scale], SWEEP_SEEDS[scale]
        self.store = folder / "streams.jsonl"
        self.data_dir = str(folder / "data")

    def learn(self, learners: Sequence[Mapping]) -> list[dict]:
        """What each learner found, in order; each is a dict of arguments of `learn` beside those of the scale."""
        self._make_data()
        known = {row["key"]: row["found"] for row in json_lines.read(self.store)}
        with Progress(transient=True) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
            task = progress.add_task("streams", total=len(learners))

            def do(learner):
                key = json.dumps([learner, self.setting], sort_keys=True)
                if key not in known:
                    found = measure(
                        "stream",
                        1,
                        1,
                        PROBE,
                        data_dir=self.data_dir,
                        **self.setting,
                        **learner,
                    )
                    known[key] = found
                    json_lines.append(self.store, {"key": key, "found": found})
                progress.advance(task)
                return known[key]

            return list(pool.map(do, learners))

    def best_rate(self, rates: Sequence[float], **learner) -> tuple[float, dict[float, float]]:
        """The learning rate with the least mean error over the sweep's seeds, and the errors of all.

        A single rate is taken untried.
        """
        if len(rates) == 1:
            return rates[0], {}
        tried = [(rate, seed) for rate in rates for seed in self.sweep_seeds]
        found = self.learn([{**learner, "learning_rate": rate, "seed": seed} for rate, seed in tried])
        errors = dict.fromkeys(rates, 0.0)
        for (rate, _), result in zip(tried, found, strict=True):
            # A learner that diverges is worse than any other.
            error = result["mse"] if math.isfinite(result["mse"]) else math.inf
            errors[rate] += error / len(self.sweep_seeds)
        return min(errors, key=errors.get), errors

    def _make_data(self):
        setting = self.setting
        data = sources.moving_objects(
            num_frames=setting["num_frames"],
            size=setting["size"],
            num_train=setting["num_clips"] * setting["batch"],
            num_validation=0,
            num_test=0,
            fps=setting["fps"],
            data_dir=self.data_dir,
        )
        next(iter(data.batches("train", 1)))
