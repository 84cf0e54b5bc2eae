"""Reports of an evaluation: lines, JSON, TensorBoard, and for classes a table and a picture."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from mpvn.results import tables
from mpvn.results.classification import Classification
from mpvn.runs.evaluation import Result
from mpvn.runs.restore import Run


class EvaluationReport:
    """The results of networks on the same clips of a split.

    Args:
        results: {name of a network: its result}.
        run: the evaluated run.
        split: split of its data.
    """

    def __init__(self, results: Mapping[str, Result], run: Run, split: str) -> None:
        self.results, self.run, self.split = results, run, split
        self.clips_per_video = run.data.clips_per_video
        self.first_tick = results["sequential"].first_tick
        self.classified = {
            name: Classification.of_clips(run.data.class_names, result.labels, result.scores, self.clips_per_video)
            for name, result in results.items()
            if result.scores is not None and result.labels is not None
        }

    def lines(self) -> Iterator[str]:
        """One line for each network."""
        of_each = f", {self.clips_per_video} of each video" if self.clips_per_video > 1 else ""
        for name, result in self.results.items():
            words = [f"{measure} {value:.4f}" for measure, value in result.means.items()]
            words += [
                f"{top} {100 * share:.1f}%"
                for top, share in self._tops(name).items()
                if self.clips_per_video > 1 or top != "top-1"  # this is the accuracy of clips
            ]
            words += [f"{100 * share:.1f}% of {group} classes" for group, share in result.groups.items()]
            yield (
                f"{name}: {', '.join(words)}, {result.num_clips} clips{of_each}, mean over ticks {self.first_tick} to "
                f"{self.run.data.num_frames - 1}"
            )

    def summary(self) -> dict[str, Any]:
        """The content of the JSON file."""
        networks = {
            name: {
                **result.means,
                **self._tops(name),
                **(self.classified[name].calibration if name in self.classified else {}),
                "clips": result.num_clips,
                **({"videos": result.num_clips // self.clips_per_video} if name in self.classified else {}),
                **{f"accuracy on {group} classes": share for group, share in result.groups.items()},
            }
            for name, result in self.results.items()
        }
        return {
            "step": self.run.step,
            "split": self.split,
            "first_tick": self.first_tick,
            "clips_per_video": self.clips_per_video,
            "networks": networks,
        }

    def write(self, path: Path, events: Path) -> list[Path]:
        """Writes everything.

        Args:
            path: path of the JSON file; the other files are beside it.
            events: folder of TensorBoard events.

        Returns:
            The paths of the files.
        """
        path.write_text(json.dumps(self.summary(), indent=2) + "\n")
        if "as trained" not in self.classified:
            return [path]
        return [path, *self._write_classes(self.classified["as trained"], path, events)]

    def _tops(self, name: str) -> Mapping[str, float]:
        return self.classified[name].tops if name in self.classified else {}

    def _write_classes(self, classified: Classification, path: Path, events: Path) -> list[Path]:
        title = f"Classes, {self.split} split, step {self.run.step}"
        title += f", {self.clips_per_video} clips per video" if self.clips_per_video > 1 else ""
        rows = tables.Rows(classified.by_class(), {"right": ".3f"})
        table = tables.write(path.parent, f"{path.stem}_classes", title, rows)
        picture = classified.draw(path.with_name(f"{path.stem}_confusion.png"))
        with tf.summary.create_file_writer(str(events)).as_default(step=self.run.step):
            for top, share in classified.tops.items():
                tf.summary.scalar(f"evaluation/{self.split} {top}", share)
            pixels = tf.io.decode_png(picture.read_bytes(), channels=3)
            tf.summary.image(f"evaluation/{self.split} confusion", pixels[tf.newaxis])
        return [table.with_suffix(".csv"), picture]
