"""Human keypoint localisation: a heatmap for every joint in every frame."""

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
from mpvn.results.pictures import Colour, enlarged_frames, mark
from mpvn.results.strips import CARD, INK, in_lines, instants, strip
from mpvn.tasks.heatmaps import HeatmapCrossEntropy, peaks
from mpvn.tasks.joint_metrics import MEASURES, JointMetric
from mpvn.tasks.task import Task

SEEN = 0.5  # joints are drawn whose heatmap reaches this probability: our choice
# Colours that colour-blind readers can tell apart.
PARTS = {
    "head": (240, 228, 66),
    "left arm": (86, 180, 233),
    "right arm": (0, 114, 178),
    "left leg": (230, 159, 0),
    "right leg": (204, 121, 167),
}
LIMBS = {"arm": ("shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle")}
BONES = [
    (JOINTS.index(f"{side}_{upper}"), JOINTS.index(f"{side}_{lower}"))
    for side in ("left", "right")
    for limb in LIMBS.values()
    for upper, lower in zip(limb, limb[1:], strict=False)
]


class Keypoints(Task):
    """Localises the 17 joints of COCO in every frame, as heatmaps (MPVN, section 4.2).

    Args:
        stride: pixels of the frame per heatmap pixel; must divide the frame.
        radius: radius of the discs of joint pixels, in heatmap pixels: our choice.
        weight: weight of joint pixels in the loss; 10 in the paper.

    Measures: `loss`, `pck` (a share, see `joint_metrics.pck`) and `joint_error` (in pixels of the frame).
    """

    targets_per = "frame"
    legend = "circles: joints; blue: arms, orange and pink: left and right leg"
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
        size: int = 320,
        per_line: int = 2,
        shown: int = CARD,
    ) -> np.ndarray:
        """A few frames with predicted joints as circles and true ones as triangles, as in the paper's Fig. 5."""
        outputs = np.asarray(outputs)
        chosen = instants(len(outputs), num_frames)
        at = chosen + len(video) - len(outputs)
        frames, factor = enlarged_frames(video[at], size)
        marked = []
        for frame, joints, output in zip(frames, np.asarray(target)[at], outputs[chosen], strict=True):
            frame = _joined(frame, joints[:, :2] * factor, joints[:, 2] > 0, "triangle")
            marked.append(self.annotate(frame, output, lambda points: points * factor))
        head = [("circles: predicted", INK), ("triangles: true", INK), *PARTS.items()]
        return strip(in_lines(np.stack(marked), at, per_line), head, shown)

    def live(self, data: VideoData, frame: np.ndarray, output: np.ndarray) -> tuple[str, np.ndarray | None]:
        _, seen = self._joints(output)
        return f"{seen.sum()} of {len(seen)} joints", None

    def annotate(self, frame: np.ndarray, output: np.ndarray, place: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        points, seen = self._joints(output)
        return _joined(frame, place(points), seen, "circle")

    def _joints(self, output: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points [17, 2] in pixels of the frame, and bool [17], whether to draw them."""
        points, scores = peaks(tf.convert_to_tensor(output))
        return points.numpy() * self.stride, scores.numpy() >= SEEN


def _joined(frame: np.ndarray, points: np.ndarray, seen: np.ndarray, shape: str) -> np.ndarray:
    """A frame with those joints [17, 2] that are seen, [17], and lines along arms and legs."""
    places = np.cumsum(seen) - 1
    bones = [(places[one], places[other]) for one, other in BONES if seen[one] and seen[other]]
    colours = [_colour(name) for name, is_seen in zip(JOINTS, seen, strict=True) if is_seen]
    return mark(frame, points[seen], colours, shape, bones)


def _colour(joint: str) -> Colour:
    side, _, name = joint.partition("_")
    limb = next((limb for limb, names in LIMBS.items() if name in names), None)
    return PARTS[f"{side} {limb}" if limb else "head"]
