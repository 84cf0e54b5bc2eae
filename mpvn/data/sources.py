"""The sources of clips: what gin files call `@walkers`, `@moving_objects`, `@video_files`, `@whole_clips`."""

from mpvn.data.files.source import video_files
from mpvn.data.moving_objects.source import moving_objects
from mpvn.data.video_data import VideoData, whole_clips
from mpvn.data.walkers.source import walkers

__all__ = ["VideoData", "moving_objects", "video_files", "walkers", "whole_clips"]
