"""Human keypoint localisation: a heatmap for every joint in every frame."""

import colorsys
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mpvn.checked import checked
from mpvn.data.video_data import VideoData
from mpvn.data.walkers.skeleton import JOINTS
from mpvn.errors import InputError
from mpvn.ranges import Count, Positive
from mpvn.results.pictures import caption, enlarged_frames, mark
from mpvn.tasks.heatmaps import HeatmapCrossEntropy, peaks
from mpvn.tasks.joint_metrics import MEASURES, JointMetric
from mpvn.tasks.task import Task

SEEN = 0.5  # joints are drawn if their heatmap reaches this probability: our choice
COLOURS = [tuple(int(255 * c) for c in colorsys.hsv_to_rgb(i / len(JOINTS), 0.9, 1)) for i in range(len(JOINTS))]


class Keypoints(Task):
    """Localises the 17 joints of COCO in every frame, as heatmaps (MPVN, section 4.2).

    Args:
        stride: pixels of the frame per heatmap pixel; must divide the frame.
        radius: radius of the discs of joint pixels, in heatmap pixels: our choice.
        weight: weight of joint pixels in the loss; 10 in the paper.

    Measures: `loss`, `pck` (a share, see `joint_metrics.pck`) and `joint_error` (in pixels of the frame).
    """

    targets_per = "frame"
    annotation = "joints"

    @checked
    def __init__(self, stride: Count = 4, radius: Positive = 1.0, weight: Positive = 10.0) -> None:
        self.stride, self.radius, self.weight = stride, radius, weight

    def network_arguments(self, data: VideoData) -> dict[str, Any]:
        height, width = data.frame_shape[:2]
        if height % self.stride or width % self.stride:
            raise InputError(
                f"stride={self.stride} does not divide frames of {height} x {width}: change the stride of the "
                f"heatmaps or the size of the frames"
            )
        return {"input_shape": data.frame_shape, "heatmap_size": (height // self.stride, width // self.stride)}

    def targets(self, video: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        return label

    def loss(self) -> keras.losses.Loss:
        return HeatmapCrossEntropy(self.stride, self.radius, self.weight)

    def metrics(self) -> list:
        return [JointMetric(measure, self.stride) for measure in MEASURES]

    def measure(self, targets: tf.Tensor, outputs: tf.Tensor, frames: tf.Tensor) -> dict[str, np.ndarray]:
        """The loss, and the means of `pck` and `joint_error` over the visible joints of each clip, NaN for none."""
        measured = {"loss": tf.reduce_mean(self.loss().call(targets, outputs), 1).numpy()}
        points = peaks(outputs)[0] * self.stride
        for name, measure in MEASURES.items():
            values, weights = (tensor.numpy() for tensor in measure(targets, points))
            with np.errstate(invalid="ignore"):
                measured[name] = (values * weights).sum((1, 2)) / weights.sum((1, 2))
        return measured

    def picture(
        self,
        data: VideoData,
        video: np.ndarray,
        target: np.ndarray,
        outputs: np.ndarray,
        num_frames: int = 4,
        size: int = 240,
    ) -> np.ndarray:
        """A few frames with predicted joints as circles and true ones as triangles, as in the paper's Fig. 5."""
        outputs = np.asarray(outputs)
        chosen = np.linspace(0, len(outputs) - 1, num_frames).astype(int)
        at = chosen + len(video) - len(outputs)
        frames, factor = enlarged_frames(video[at], size)
        marked = []
        for frame, joints, output in zip(frames, np.asarray(target)[at], outputs[chosen], strict=True):
            true = joints[:, 2] > 0
            frame = mark(frame, joints[true, :2] * factor, _colours(true), "triangle")
            marked.append(self.annotate(frame, output, lambda points: points * factor))
        strip = np.pad(np.concatenate(marked, axis=1), [[0, 26], [0, 0], [0, 0]])  # space for the text
        return caption(strip, ["circles: predicted   triangles: true"], height=16)

    def live(self, data: VideoData, frame: np.ndarray, output: np.ndarray) -> tuple[str, np.ndarray | None]:
        _, seen = self._joints(output)
        return f"{seen.sum()} of {len(seen)} joints", None

    def annotate(self, frame: np.ndarray, output: np.ndarray, place: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        points, seen = self._joints(output)
        return mark(frame, place(points[seen]), _colours(seen), "circle")

    def _joints(self, output: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points [17, 2] in pixels of the frame, and bool [17], whether to draw them."""
        points, scores = peaks(tf.convert_to_tensor(output))
        return points.numpy() * self.stride, scores.numpy() >= SEEN


def _colours(chosen: np.ndarray) -> list:
    return [colour for colour, is_chosen in zip(COLOURS, chosen, strict=True) if is_chosen]
