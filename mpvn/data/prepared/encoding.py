"""Encodes a video for TFDS: every frame as a JPEG."""

import numpy as np
import tensorflow as tf

from mpvn.data.files.clip_reading import read_stretch
from mpvn.data.files.examples import Example
from mpvn.data.files.picture import Look
from mpvn.data.files.reader import VideoReader
from mpvn.data.files.resampling import as_rate
from mpvn.data.files.stretch import Stretch
from mpvn.data.prepared.plan import Pictures


def record(example: Example, name: str, pictures: Pictures) -> tuple[bytes, int, float]:
    """One example of the data set.

    Args:
        example: the video.
        name: its name in the data set.
        pictures: how frames are stored.

    Returns:
        The example as reproducible bytes, its number of frames, and its duration in seconds.

    Raises:
        VideoError: the video cannot be read, or has no frame in its stretch of time.
    """
    look = Look(pictures.square_pixels, pictures.short_side)
    stretch = Stretch(example.begin, example.end)

    def jpeg(picture: np.ndarray) -> bytes:
        return tf.io.encode_jpeg(picture, quality=pictures.quality, chroma_downsampling=False).numpy()

    frames = read_stretch(example.path, jpeg, pictures.fps, stretch, look)
    with VideoReader(example.path) as reader:
        rate = as_rate(pictures.fps) if pictures.fps else reader.rate
    features = {
        "video": tf.train.Feature(bytes_list=tf.train.BytesList(value=frames)),
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[example.label])),
        "name": tf.train.Feature(bytes_list=tf.train.BytesList(value=[name.encode(errors="surrogateescape")])),
        "fps": tf.train.Feature(float_list=tf.train.FloatList(value=[float(rate)])),
    }
    written = tf.train.Example(features=tf.train.Features(feature=features))
    return written.SerializeToString(deterministic=True), len(frames), len(frames) / float(rate)
