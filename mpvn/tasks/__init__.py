"""Tasks of networks: head, targets, loss, metrics and pictures."""

from mpvn.tasks.action import Action
from mpvn.tasks.future_frames import FutureFrames
from mpvn.tasks.keypoints import Keypoints
from mpvn.tasks.reconstruction import Reconstruction
from mpvn.tasks.task import Task

__all__ = ["Action", "FutureFrames", "Keypoints", "Reconstruction", "Task"]
