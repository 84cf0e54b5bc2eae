"""A video as TFDS keeps it: every frame a JPEG."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

import numpy as np
import tensorflow as tf

from mpvn.data.files.examples import Example
from mpvn.data.files.reader import VideoError, VideoReader
from mpvn.data.files.resampling import as_rate, resample
from mpvn.data.files.square import resize_short_side
from mpvn.data.prepared.plan import Pictures

_TOGETHER = 16  # frames that are scaled in one call


def record(example: Example, name: str, pictures: Pictures) -> tuple[bytes, int, float]:
    """One example of the data set.

    Args:
        example: the video.
        name: that it has in the data set.
        pictures: how frames are kept.

    Returns:
        The example as bytes, the same for the same video; how many frames it has, and how many seconds.

    Raises:
        VideoError: the video cannot be read, or has no frame in its stretch of time.
    """
    with VideoReader(example.path) as reader:
        rate = as_rate(pictures.fps) if pictures.fps else reader.rate
        frames = [_jpeg(frame, pictures.quality) for frame in _scaled(_stretch(reader, example, rate), pictures)]
    if not frames:
        raise VideoError(f"{example.path} has no frame between {example.begin} and {example.end} s")
    features = {
        "video": tf.train.Feature(bytes_list=tf.train.BytesList(value=frames)),
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[example.label])),
        "name": tf.train.Feature(bytes_list=tf.train.BytesList(value=[name.encode(errors="surrogateescape")])),
        "fps": tf.train.Feature(float_list=tf.train.FloatList(value=[float(rate)])),
    }
    written = tf.train.Example(features=tf.train.Features(feature=features))
    return written.SerializeToString(deterministic=True), len(frames), len(frames) / float(rate)


def _stretch(reader: VideoReader, example: Example, rate: Fraction) -> Iterator[np.ndarray]:
    """The frames at a rate, of the stretch of time that the example is of."""
    frames = iter(reader) if rate == reader.rate else resample(reader, reader.rate, rate)
    first = round((example.begin or 0.0) * float(rate))
    last = None if example.end is None else max(first + 1, round(example.end * float(rate)))
    return islice(frames, first, last)


def _scaled(frames: Iterator[np.ndarray], pictures: Pictures) -> Iterator[np.ndarray]:
    while together := list(islice(frames, _TOGETHER)):
        video = resize_short_side(tf.stack(together), pictures.short_side)
        yield from tf.cast(tf.round(video * 255), tf.uint8).numpy()


def _jpeg(frame: np.ndarray, quality: int) -> bytes:
    return tf.io.encode_jpeg(frame, quality=quality, chroma_downsampling=False).numpy()
