"""Readable examples of a data set."""

import os
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from mpvn.data.files.check_all import problems_of
from mpvn.data.files.clips import LeaveOut
from mpvn.data.files.frame_times import frame_times
from mpvn.data.files.left_out import LeftOut
from mpvn.data.files.listings import Example
from mpvn.data.files.sampling import SHORT, ClipSampling
from mpvn.data.files.stretch import Stretch, StretchFrames
from mpvn.data.files.video_error import VideoError


class ReadableVideos:
    """The readable examples of each split; unreadable ones are found at the first call, and left out.

    Args:
        splits: all examples by split.
        sampling: sampling of the clips; determines which videos are too short.
        max_skipped: see `LeftOut`.
        check: see `mpvn.data.files.check_all.problems_of`.

    Attributes:
        num_clips: number of clips by split; of all examples until they are checked, then of the readable ones.
    """

    def __init__(
        self, splits: Mapping[str, Sequence[Example]], sampling: ClipSampling, max_skipped: float, check: str
    ) -> None:
        self.num_clips = {split: len(examples) for split, examples in splits.items()}
        self._splits, self._sampling, self._check = splits, sampling, check
        self._there = {path for examples in splits.values() for path, *_ in examples if os.path.exists(path)}
        self._left_out = LeftOut(len(self._there), max_skipped)
        self._readable: dict[str, list[Example]] = {}
        self._lock = threading.Lock()

    def examples(self, split: str) -> list[Example]:
        """The examples of a split.

        Raises:
            VideoError: more videos than may be left out cannot be read, or none of the split can.
        """
        with self._lock:
            if split not in self._readable:
                self._readable[split] = self._looked_at(split)
                self.num_clips[split] = len(self._readable[split])
        return self._readable[split]

    def leave_out(self, split: str) -> LeaveOut:
        """A function to call for examples of a split that turn out to be unreadable later."""
        return partial(self._add, split)

    def check_all(self, folder: str | Path) -> None:
        """Checks all splits, and lists in `skipped.csv` of a folder what is left out, now and later.

        Raises:
            VideoError: see `examples`.
        """
        for split in self._splits:
            self.examples(split)
        self._left_out.write_to(folder)
        self._left_out.say()

    def _looked_at(self, split: str) -> list[Example]:
        examples = self._splits[split]
        problems = problems_of([example.path for example in examples if example.path in self._there], self._check)
        found = [problems.get(example.path) or self._too_short(example) for example in examples]
        for example, problem in zip(examples, found, strict=True):
            if example.path not in self._there:
                self._left_out.add_missing(split, example.path)
            elif problem:
                self._add(split, example, problem, check=False)
        self._left_out.check()
        readable = [
            example
            for example, problem in zip(examples, found, strict=True)
            if example.path in self._there and not problem
        ]
        if examples and not readable:
            why = next((problem for problem in found if problem), f"{examples[0].path} does not exist")
            raise VideoError(f"none of the {len(examples)} videos of the split {split!r} can be read: {why}")
        return readable

    def _add(self, split: str, example: Example, problem: str, check: bool = True) -> None:
        self._left_out.add(split, example.path, problem, check)

    def _too_short(self, example: Example) -> str:
        """Why a clip cannot be taken from an example whose file is in order; "" where it can."""
        path, _, begin, end = example
        fills = SHORT[self._sampling.short] is not None
        if path not in self._there or (fills and begin is None and end is None):
            return ""
        stretch = Stretch(begin, end)
        try:
            there = len(StretchFrames(frame_times(path), stretch, self._sampling.fps))
        except VideoError as error:
            return str(error)
        needed = 1 if fills else (self._sampling.num_frames - 1) * self._sampling.stride + 1
        return "" if there >= needed else f"{path} has {there} frames{stretch}, but a clip needs {needed}"
