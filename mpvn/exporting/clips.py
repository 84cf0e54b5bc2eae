"""Frames of a user's videos as a network is shown them."""

from pathlib import Path

import numpy as np

from mpvn.errors import InputError
from mpvn.live.fitting import Fitting
from mpvn.live.source import Source, is_live
from mpvn.live.videos import videos_of
from mpvn.model.network import VideoNetwork


def frames_of_videos(name: str | Path | None, network: VideoNetwork, num_frames: int | None) -> np.ndarray | None:
    """Frames [time, *frame] of a video, or of the videos of a folder or list, one after the other.

    Args:
        name: of a video file, folder or list; None gives None.
        network: whose frames they become, at the rate that it was trained at.
        num_frames: in all, the same number of each video; None takes one video whole.

    Raises:
        InputError: there is no video, or a live source.
    """
    if name is None:
        return None
    videos = videos_of([str(name)])
    fit = Fitting(network)
    frames: list[np.ndarray] = []
    for number, video in enumerate(videos):
        if is_live(video.name):
            raise InputError(f"{video.name} is a live source: expected a video file, so that it can be read again")
        wanted = None if num_frames is None else (number + 1) * num_frames // len(videos)
        source = Source(video.name, fit.viewing, realtime=False)
        try:
            for moment in source:
                if wanted is not None and len(frames) >= wanted:
                    break
                frames.append(fit(moment.shot.picture(fit.short_side)).numpy())
        finally:
            source.close()
    return np.stack(frames).astype(np.float32)
