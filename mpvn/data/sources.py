"""The sources of clips for gin files, such as `@walkers`, `@video_files` and `@tfds_clips`."""

from mpvn.data.files.source import video_files
from mpvn.data.moving_objects.source import moving_objects
from mpvn.data.tfds_clips import tfds_clips
from mpvn.data.video_data import VideoData, whole_clips
from mpvn.data.walkers.source import walkers

__all__ = ["VideoData", "moving_objects", "tfds_clips", "video_files", "walkers", "whole_clips"]
