"""Future frames: the prediction of later frames."""

import numpy as np
import tensorflow as tf

from mpvn.checked import checked
from mpvn.data.video_data import VideoData
from mpvn.ranges import Count
from mpvn.results.strips import frame_rows
from mpvn.tasks.reconstruction import Reconstruction, quality

MOVING = 0.05  # change of a moving pixel, as a share of the range of intensities: our choice


class FutureFrames(Reconstruction):
    """The output at tick `t` is compared with frame `t + ahead` (future frame generation: Skip-Sideways).

    Measures: `mse`, `psnr` and `ssim` as for reconstruction; `mse_moving`, over the pixels in which frame `t + ahead`
    differs from frame `t` by more than `MOVING` in some channel; and all of them for the current frame instead of the
    prediction, as `copy_mse` and so on.

    Args:
        ahead: distance in frames.
    """

    @checked
    def __init__(self, ahead: Count = 4) -> None:
        self.ahead = ahead

    def measure(self, targets: tf.Tensor, outputs: tf.Tensor, frames: tf.Tensor) -> dict[str, np.ndarray]:
        copies = {f"copy_{name}": value for name, value in self._measure(targets, frames, frames).items()}
        return self._measure(targets, outputs, frames) | copies

    def _measure(self, targets: tf.Tensor, outputs: tf.Tensor, frames: tf.Tensor) -> dict[str, np.ndarray]:
        moving = tf.reduce_any(tf.abs(targets - frames) > MOVING, axis=-1, keepdims=True)
        squares = tf.where(moving, (targets - tf.cast(outputs, targets.dtype)) ** 2, 0)
        count = tf.reduce_sum(tf.cast(moving, targets.dtype), axis=[1, 2, 3, 4]) * targets.shape[-1]
        with np.errstate(invalid="ignore"):  # nothing moves in some clips
            of_moving = {"mse_moving": tf.reduce_sum(squares, axis=[1, 2, 3, 4]).numpy() / count.numpy()}
        return {name: value.numpy() for name, value in quality(targets, outputs).items()} | of_moving

    def picture(self, data: VideoData, video: np.ndarray, target: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        first = len(video) - len(outputs)
        ahead = f"{self.ahead} frames later"
        return frame_rows({"frame": video[first:], ahead: target[first:], "output": np.asarray(outputs)}, ahead, first)

    def live(self, data: VideoData, frame: np.ndarray, output: np.ndarray) -> tuple[str, np.ndarray | None]:
        return f"{self.ahead} frames ahead", output
