"""The synthetic `moving_objects` as a source of clips."""

from typing import Any

import tensorflow as tf

from mpvn.checked import checked
from mpvn.data.moving_objects.builder import load
from mpvn.data.options import FPS, DataDir, Size
from mpvn.data.video_data import VideoData, shuffled
from mpvn.layers.viewing import Viewing
from mpvn.ranges import Count, CountOrZero


@checked
def moving_objects(
    num_frames: Count = 64,
    size: Size = 64,
    num_train: CountOrZero = 256,
    num_validation: CountOrZero = 32,
    num_test: CountOrZero = 64,
    least_objects: Count = 3,
    most_objects: Count = 6,
    fps: Count = FPS,
    data_dir: DataDir | None = None,
) -> VideoData:
    """The synthetic `moving_objects`, built in `data_dir` on first use; see `mpvn.data.moving_objects.builder`.

    Args:
        num_frames: number of frames of a clip.
        size: height and width of a frame, in pixels.
        num_train, num_validation, num_test: number of clips per split.
        least_objects, most_objects: smallest and largest number of solids in a clip.
        fps: frames per second; the speed of solids does not depend on it.
        data_dir: folder of TFDS data; by default that of TFDS.
    """
    num_clips = {"train": num_train, "validation": num_validation, "test": num_test}
    options: dict[str, Any] = {f"num_{split}": num for split, num in num_clips.items()}
    options |= dict(num_frames=num_frames, size=size, least_objects=least_objects, most_objects=most_objects, fps=fps)

    def clips(split: str, training: bool, seed: int, skip: int) -> tf.data.Dataset:
        examples = load(split, data_dir=data_dir, **options)
        examples = examples.map(lambda example: {"video": example["video"], "label": tf.constant(0, tf.int64)})
        return shuffled(examples, num_clips[split], num_frames * size * size * 3, seed, skip) if training else examples

    num_clips = {split: number for split, number in num_clips.items() if number}
    return VideoData((), (size, size, 3), num_frames, num_clips, clips, viewing=Viewing(size, size, fps))
