"""Recordings as streams to learn from: one after the other, at their own rate."""

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mpvn.data.files.video_error import VideoError
from mpvn.errors import InputError
from mpvn.live.source import Source
from mpvn.live.videos import videos_of

MARGIN = 1.25  # factor by which recordings are read larger than a frame, so that crops differ; our choice

log = logging.getLogger("mpvn.recordings")


class Recordings:
    """The videos of a folder, in the order of their names.

    Args:
        folder: folder of videos; unreadable or too short ones are left out, with a note.
        size: height and width of frames, in pixels.
        shortest: minimum number of frames of a video.
        longest: number of frames to take from longer videos.

    Raises:
        InputError: no video is left.
    """

    def __init__(self, folder: str | Path, size: int, shortest: int, longest: int) -> None:
        self.size, self.videos = size, []
        for video in videos_of([str(folder)]):
            try:
                frames = self._read(video.name, longest)
            except VideoError as error:
                log.warning("left out: %s", error)
                continue
            if len(frames) < shortest:
                log.warning("left out: %s has %d frames, fewer than %d", video.name, len(frames), shortest)
                continue
            self.videos.append(frames)
        if not self.videos:
            raise InputError(f"{folder} holds no readable video of at least {shortest} frames: give another folder")

    def clips(self, batch: int, seed: int) -> Iterator[np.ndarray]:
        """Videos [batch, time, size, size, 3] in [0, 1], repeated endlessly.

        Parallel streams and different seeds get different crops of the same videos.
        """
        rng = np.random.default_rng(seed)
        for frames in itertools.cycle(self.videos):
            _, height, width, _ = frames.shape
            tops, lefts = (rng.integers(0, side - self.size + 1, batch) for side in (height, width))
            corners = zip(tops, lefts, strict=True)
            crops = [frames[:, y : y + self.size, x : x + self.size] for y, x in corners]
            yield np.stack(crops).astype(np.float32) / 255

    def _read(self, name: str, longest: int) -> np.ndarray:
        source = Source(name, realtime=False)
        try:
            short_side = round(MARGIN * self.size)
            pictures = [moment.shot.picture(short_side) for moment in itertools.islice(source, longest)]
            return np.stack(pictures) if pictures else np.zeros((0, short_side, short_side, 3), np.uint8)
        finally:
            source.close()
