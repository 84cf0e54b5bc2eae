"""Learning to auto-encode a video in real time (Sideways, section 4.1 and Table 3)."""

import itertools

import keras
import numpy as np
import tensorflow as tf

from mpvn import networks
from mpvn.data import sources
from mpvn.data.video_data import VideoData
from mpvn.errors import InputError
from mpvn.tasks.reconstruction import quality
from sideways_tf.delay_compensation import DelayCompensatedSGD
from sideways_tf.frame_rate import blocking, every_frame
from sideways_tf.model import SidewaysModel
from sideways_tf.recordings import Recordings

METHODS = ("sideways", "backpropagation", "backpropagation, every frame")
OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "momentum": DelayCompensatedSGD,
    "spike compensation": lambda rate: DelayCompensatedSGD(rate, spike=True),
    "weight prediction": lambda rate: DelayCompensatedSGD(rate, prediction=True),
    "both": lambda rate: DelayCompensatedSGD(rate, spike=True, prediction=True),
}


def learn(
    method: str,
    learning_rate: float,
    seed: int,
    num_clips: int,
    num_frames: int,
    size: int,
    width: float,
    batch: int,
    fps: int,
    data_dir: str,
    optimizer: str = "adam",
    pictures: str | None = None,
    videos: str | None = None,
    stride: int = 1,
) -> dict:
    """Trains an autoencoder on streams of clips, one pass, and measures every tick as it comes.

    At each tick, the current output is compared with the arriving frame. Outputs come from the weights at the time of
    their computation. A new clip begins with cleared registers; nothing is measured before the first output, which
    comes after `D - 1` ticks with either method.

    Args:
        method: one of `METHODS`; the last is not possible in real time.
        learning_rate: learning rate of the optimizer.
        seed: seed of weights and of the order of clips.
        num_clips: clips per stream.
        num_frames: frames per clip.
        size: height and width of frames, in pixels.
        width: width multiplier of the autoencoder.
        batch: number of parallel streams.
        fps: frames per second of the video, one tick each; recordings have their own rate.
        data_dir: folder of TFDS data.
        optimizer: one of `OPTIMIZERS`.
        pictures: path of an `.npz` file for frames and outputs of the last clip.
        videos: folder of recordings to learn from instead of `moving_objects`: the first `num_frames` frames of each,
            in order, repeated as needed.
        stride: every how many frames there is a tick. Recordings are read that much further; `moving_objects` are made
            at a rate that is lower by this factor.

    Returns:
        {"mse", "psnr", "ssim"}: mean over the ticks of the last quarter of the stream; {"own_mse"}: the MSE of each
        output to the frame that it was computed from; {"curve"}: mean squared error of every clip;
        {"learned": frames learned from, "missed": frames missed} per stream.
    """
    keras.utils.set_random_seed(seed)
    net = networks.autoencoder((size, size, 3), width=width)
    most = len(net.schedule.units)
    net = net.parallel(most if method == "sideways" else 1)
    model = SidewaysModel(net, update="tick")
    model.compile(OPTIMIZERS[optimizer](learning_rate), "mse", targets_per="frame")
    step = tf.function(model.train_on_clips, autograph=False)
    make_timeline = {"backpropagation": blocking, "backpropagation, every frame": every_frame}.get(method)
    if videos is None:
        made = made_streams(num_clips, num_frames, size, batch, fps, data_dir, stride)
        clips = (video for video, _ in made.batches("train", batch, training=True, seed=seed))
    else:
        recordings = Recordings(videos, size, 2 * most * stride, stride * num_frames)
        clips = (tf.convert_to_tensor(clip[:, ::stride]) for clip in recordings.clips(batch, seed))

    first, learned, missed = most - 1, 0, 0
    measured: dict[str, list[float]] = {"mse": [], "psnr": [], "ssim": [], "own_mse": []}
    for video in itertools.islice(clips, num_clips):
        length = video.shape[1]
        timeline = make_timeline and make_timeline(length, most)
        learned += length if timeline is None else len(timeline.taken)
        missed += 0 if timeline is None else length - len(timeline.taken)
        if timeline is None:
            _, outputs = step(video, video)
            shown, own = outputs[:, first:], video[:, : length - first]
        else:
            taken = tf.gather(video, timeline.taken, axis=1)
            _, made = step(taken, taken)
            shown = tf.gather(made, timeline.shown[first:], axis=1)
            own = tf.gather(taken, timeline.shown[first:], axis=1)
        for name, value in quality(video[:, first:], shown).items():
            measured[name].append(float(tf.reduce_mean(value)))
        measured["own_mse"].append(float(tf.reduce_mean((own - shown) ** 2)))
    if pictures:
        np.savez_compressed(pictures, frames=video[:1, first:], outputs=shown[:1])
    last = max(1, num_clips // 4)
    means = {name: float(np.mean(values[-last:])) for name, values in measured.items()}
    return means | {"curve": measured["mse"], "learned": learned, "missed": missed}


def made_streams(
    num_clips: int, num_frames: int, size: int, batch: int, fps: int, data_dir: str, stride: int = 1
) -> VideoData:
    """The clips of `moving_objects` for all streams; the arguments are those of `learn`.

    Raises:
        InputError: the frame rate is not a multiple of the stride.
    """
    if fps % stride:
        raise InputError(f"stride={stride} of {fps} frames/s: expected a stride that divides the frame rate")
    return sources.moving_objects(
        num_frames=num_frames,
        size=size,
        num_train=num_clips * batch,
        num_validation=0,
        num_test=0,
        fps=fps // stride,
        data_dir=data_dir,
    )
