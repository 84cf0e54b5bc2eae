"""Frames of a user's videos, as input of a network."""

from pathlib import Path

import numpy as np

from mpvn.errors import InputError
from mpvn.live.fitting import Fitting
from mpvn.live.source import Source, is_live
from mpvn.live.videos import videos_of
from mpvn.model.network import VideoNetwork


def frames_of_videos(name: str | Path | None, network: VideoNetwork, num_frames: int | None) -> np.ndarray | None:
    """Frames [time, *frame] of a video, or of the videos of a folder or list, in sequence.

    Args:
        name: name of a video file, folder or list; None returns None.
        network: the network for which they are converted, at its training rate.
        num_frames: total number, the same number from each video; None takes one whole video.

    Raises:
        InputError: there is no video, or the source is live.
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
