"""Classification results: top-1 and top-5 accuracy, accuracy by class, and confusions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mpvn.results.calibration import calibrated_loss, calibration_error

TOP = (1, 5)


@dataclass(frozen=True)
class Classification:
    """Scores of videos.

    Attributes:
        class_names: in the order of labels.
        labels: int [videos].
        scores: [videos, classes]; the largest is the guess.
        clips_per_video: number of clips of each video.
    """

    class_names: Sequence[str]
    labels: np.ndarray
    scores: np.ndarray
    clips_per_video: int = 1

    @classmethod
    def of_clips(
        cls, class_names: Sequence[str], labels: np.ndarray, logits: np.ndarray, clips_per_video: int = 1
    ) -> "Classification":
        """Classifies videos from their clips: by the mean of the clips' class probabilities.

        Args:
            class_names: in the order of labels.
            labels: int [clips], where those of a video follow each other.
            logits: [clips, classes], logits of the clips.
            clips_per_video: number of clips of each video.
        """
        return cls(class_names, labels[::clips_per_video], _of_videos(logits, clips_per_video), clips_per_video)

    def top(self, count: int) -> float:
        """Share of the videos whose class is among the `count` largest scores. Of equal scores, the first count."""
        order = np.argsort(-self.scores, axis=1, kind="stable")[:, :count]
        return float(np.mean(np.any(order == self.labels[:, np.newaxis], axis=1)))

    @property
    def tops(self) -> dict[str, float]:
        """`top-1` and `top-5`; only `top-1` with fewer than six classes."""
        return {f"top-{count}": self.top(count) for count in TOP if count == 1 or len(self.class_names) > count}

    @property
    def calibration(self) -> dict[str, float]:
        """Expected calibration error, and the loss after temperature scaling if there are enough videos."""
        if len(self.labels) < 4:
            return {}
        return {
            "calibration error": calibration_error(self.scores, self.labels),
            "calibrated loss": calibrated_loss(self.scores, self.labels),
        }

    @property
    def confusion(self) -> np.ndarray:
        """The confusion matrix, int [classes, classes]: videos by true class (row) and predicted class (column)."""
        count = len(self.class_names)
        guesses = np.argmax(self.scores, axis=1)
        return np.bincount(self.labels * count + guesses, minlength=count**2).reshape(count, count)

    def by_class(self) -> list[dict[str, Any]]:
        """A row for each class that has videos: their number, the accuracy, and the most frequent wrong class."""
        rows = []
        for name, row, label in zip(self.class_names, self.confusion, range(len(self.class_names)), strict=True):
            others = np.delete(row, label)
            wrong = np.delete(np.asarray(self.class_names), label)
            if row.sum():
                rows.append(
                    {
                        "class": name,
                        "videos": int(row.sum()),
                        "right": float(row[label] / row.sum()),
                        "most taken for": str(wrong[np.argmax(others)]) if others.any() else "",
                    }
                )
        return rows

    def draw(self, path: Path) -> Path:
        """Draws the confusion matrix, each row as shares of its class; with few classes, with numbers in the cells."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        count = len(self.class_names)
        side = float(np.clip(0.32 * count + 2, 4, 24))
        figure = Figure(figsize=(side, side), layout="constrained")
        FigureCanvasAgg(figure)
        axis = figure.subplots()
        total = np.maximum(self.confusion.sum(1, keepdims=True), 1)
        axis.imshow(self.confusion / total, cmap="Blues", vmin=0, vmax=1)
        names = [name if len(name) < 28 else name[:26] + ".." for name in self.class_names]
        size = 8 if count <= 40 else 4
        axis.set_xticks(range(count), names, rotation=90, fontsize=size)
        axis.set_yticks(range(count), names, fontsize=size)
        title = f"top-1 {100 * self.top(1):.1f}% of {len(self.labels)} videos"
        axis.set(xlabel="taken for", ylabel="class", title=title)
        if count <= 40:
            for (row, column), number in np.ndenumerate(self.confusion):
                if number:
                    colour = "white" if number > 0.6 * total[row, 0] else "black"
                    axis.text(column, row, str(number), ha="center", va="center", fontsize=size, color=colour)
        figure.savefig(path, dpi=110)
        return path


def _of_videos(logits: np.ndarray, clips_per_video: int) -> np.ndarray:
    """Scores of videos: logarithms of their mean class probabilities.

    For single clips, the logits. Logarithms, because probabilities of unlikely classes are all 0.
    """
    if clips_per_video == 1:
        return logits
    clips = np.asarray(logits, np.float64).reshape(-1, clips_per_video, logits.shape[-1])
    clips = clips - np.logaddexp.reduce(clips, axis=-1, keepdims=True)
    return np.logaddexp.reduce(clips, axis=1) - np.log(clips_per_video)
