"""What a run keeps of its data, so that its network can be used without the videos."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import tensorflow as tf

from mpvn.data.video_data import VideoData
from mpvn.errors import InputError
from mpvn.layers.viewing import Viewing


def kept_of(data: VideoData) -> dict[str, Any]:
    """What networks, tasks and streams need of data besides the class names, as values for JSON."""
    return {
        "frame_shape": list(data.frame_shape),
        "num_frames": data.num_frames,
        "annotations": list(data.annotations),
        "masked": data.masked,
        "viewing": None if data.viewing is None else asdict(data.viewing),
    }


def data_of(class_names: list[str], kept: Mapping[str, Any]) -> VideoData:
    """Data without clips, from the result of `kept_of`."""

    def no_clips(*which: Any) -> tf.data.Dataset:
        raise InputError("this data has no clips, because its videos do not exist here: give their folder")

    return VideoData(
        class_names,
        tuple(kept["frame_shape"]),
        kept["num_frames"],
        {},
        no_clips,
        annotations=tuple(kept["annotations"]),
        masked=kept["masked"],
        viewing=None if kept["viewing"] is None else Viewing.from_config(kept["viewing"]),
    )
