"""Reconstruction of the current frame."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mpvn.data.video_data import VideoData
from mpvn.results.strips import frame_rows
from mpvn.tasks.task import Task


class Reconstruction(Task):
    """Every output is compared with the current frame (auto-encoding at frame rate: Sideways, section 4.1)."""

    targets_per = "frame"
    legend = "shown: the network's output"

    def network_arguments(self, data: VideoData) -> dict[str, Any]:
        return {"input_shape": data.frame_shape}

    def targets(self, video: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        return video

    def loss(self) -> keras.losses.Loss:
        return keras.losses.MeanSquaredError()

    def metrics(self) -> list:
        return [psnr, ssim]

    def measure(self, targets: tf.Tensor, outputs: tf.Tensor, frames: tf.Tensor) -> dict[str, np.ndarray]:
        return {name: value.numpy() for name, value in quality(targets, outputs).items()}

    def picture(self, data: VideoData, video: np.ndarray, target: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        first = len(video) - len(outputs)
        return frame_rows({"frame": video[first:], "output": np.asarray(outputs)}, "frame", first)

    def live(self, data: VideoData, frame: np.ndarray, output: np.ndarray) -> tuple[str, np.ndarray | None]:
        error = float(np.mean((frame - output) ** 2))
        return f"MSE {error:.4f}  PSNR {-10 * np.log10(max(error, 1e-10)):.1f} dB", output


def quality(frames: tf.Tensor, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
    """Mean squared error, PSNR in dB and SSIM of images in [0, 1].

    Args:
        frames: [batch, ticks, height, width, channels].
        outputs: [batch, ticks, height, width, channels]; values are clipped to [0, 1] for PSNR and SSIM.

    Returns:
        {"mse", "psnr", "ssim"}: [batch] each, means over ticks.
    """
    frames = tf.cast(frames, outputs.dtype)
    squares = tf.reduce_mean((frames - outputs) ** 2, axis=[1, 2, 3, 4])
    return {
        "mse": squares,
        "psnr": tf.reduce_mean(psnr(frames, outputs), 1),
        "ssim": tf.reduce_mean(ssim(frames, outputs), 1),
    }


def psnr(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """Peak signal-to-noise ratio in dB, [batch, ticks]."""
    return tf.image.psnr(tf.cast(y_true, tf.float32), tf.clip_by_value(tf.cast(y_pred, tf.float32), 0, 1), 1.0)


def ssim(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """Structural similarity, [batch, ticks]; the window is smaller for small images."""
    size = min(11, *y_true.shape[2:4])
    outputs = tf.clip_by_value(tf.cast(y_pred, tf.float32), 0, 1)
    return tf.image.ssim(tf.cast(y_true, tf.float32), outputs, 1.0, filter_size=size)
