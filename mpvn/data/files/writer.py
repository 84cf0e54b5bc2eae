"""Writes video files: only complete files, without losing written frames.

The frames go to a hidden file beside the target, which is renamed to the target when the video is complete. A reader
therefore never sees an incomplete file under the final name, and an old file stays until the new one is finished.
"""

import contextlib
import os
import uuid
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from mpvn.data.files.resampling import as_rate
from mpvn.data.files.video_error import VideoError, import_av
from mpvn.errors import InputError

_H264 = ("libx264", "libopenh264")

# Ending -> encoders; the first available one is used.
ENCODERS = {
    ".mp4": _H264,
    ".mov": _H264,
    ".mkv": _H264,
    ".avi": ("mpeg4",),
    ".webm": ("libvpx-vp9", "libvpx"),
    ".gif": ("gif",),
}

# Limits of a format's rates: the largest rate, and for MPEG-4, with 16 bits, the largest numerator.
_LARGEST_RATE = {"gif": 100, "mpeg4": 2**16 - 1}
_LARGEST_NUMERATOR = {"mpeg4": 2**16 - 1}

_OPTIONS = {
    "libx264": {"crf": "18", "preset": "veryfast"},
    "mpeg4": {"qscale": "3", "flags": "+qscale"},
    "libvpx-vp9": {"crf": "25", "b": "0", "deadline": "realtime", "cpu-used": "6"},
    "libvpx": {"crf": "10", "b": "4M", "deadline": "realtime", "cpu-used": "6"},
}


class VideoWriter:
    """Writes frames to a video file; a context manager.

        with VideoWriter("out.mp4", fps=25, size=(240, 320)) as video:
            for frame in frames:
                video.write(frame)

    If an exception leaves the block, the frames written so far are also completed and kept under the final name. Pixels
    are stored as yuv420p, so an odd height or width is padded by a copy of the last row or column (except in a GIF).

    Args:
        path: the file; its ending (one of `ENCODERS`) chooses the format, and H.264 is used for mp4, mov and mkv.
        fps: frames per second. A GIF stores times in hundredths of a second, so faster frames are shown at
            100 per second; an AVI stores the nearest fraction whose numerator has 16 bits.
        size: (height, width) of the frames, in pixels.

    Attributes:
        path: the file as a Path.
        size: (height, width) of the frames.
        num_frames: number of frames written so far.

    Raises:
        VideoError: if the ending is unknown, no encoder is available, the file cannot be created, or PyAV is missing.
        InputError: if `fps` or `size` is not above 0.
    """

    def __init__(self, path: str | Path, fps: Fraction | float, size: tuple[int, int]) -> None:
        self._av = import_av()
        self.path = Path(path)
        self.num_frames = 0
        self.size = tuple(size)
        if len(self.size) != 2 or min(self.size) < 1:
            raise InputError(f"size must be (height, width) of at least 1 pixel each, not {size}")
        ending = self.path.suffix.lower()
        if ending not in ENCODERS:
            raise VideoError(f"{path} cannot be written: expected a name ending in {', '.join(ENCODERS)}")
        encoder = next((name for name in ENCODERS[ending] if self._has_encoder(name)), None)
        if encoder is None:
            raise VideoError(f"{path} cannot be written: this FFmpeg has none of {', '.join(ENCODERS[ending])}")
        if self.path.is_dir():
            raise VideoError(f"{path} cannot be written: it is a folder")
        # Hidden and unique: two writers of the same target must not share it.
        self._unfinished = self.path.with_name(f".{self.path.stem}.{uuid.uuid4().hex[:8]}{ending}")
        self._even = 1 if ending == ".gif" else 2
        self._container: Any = None  # until it is opened, and once it is closed
        try:
            self._open(encoder, as_rate(fps))
        except (self._av.FFmpegError, OSError) as error:
            self._abandon()
            raise VideoError(f"{path} cannot be written: {error.strerror or error}") from None

    def _has_encoder(self, name: str) -> bool:
        try:
            self._av.codec.Codec(name, "w")
        except ValueError:  # PyAV's UnknownCodecError
            return False
        return True

    def _open(self, encoder: str, rate: Fraction) -> None:
        with open(self._unfinished, "xb"):  # FFmpeg opens the file late; an error of the operating system is needed now
            pass
        rate = _rate_for(encoder, rate)
        self._container = self._av.open(f"file:{self._unfinished}", mode="w")
        self._stream = self._container.add_stream(encoder, rate=rate, options=dict(_OPTIONS.get(encoder, {})))
        height, width = (length + -length % self._even for length in self.size)
        self._stream.height, self._stream.width = height, width
        self._stream.pix_fmt = "rgb8" if encoder == "gif" else "yuv420p"
        self._frame_time = 1 / rate  # the container's own unit, stream.time_base, is a finer one
        self._container.start_encoding()

    def write(self, frame: np.ndarray) -> None:
        """Appends one frame.

        Args:
            frame: uint8 [height, width, 3], RGB, in the size of the writer.

        Raises:
            InputError: if the frame has another type or shape, or the writer is closed.
            VideoError: if the file cannot be written (full disk).
        """
        if self._container is None:
            raise InputError(f"{self.path} is closed: no more frames can be written")
        frame = np.asarray(frame)
        if frame.dtype != np.uint8 or frame.shape != (*self.size, 3):
            raise InputError(f"expected a frame uint8 {[*self.size, 3]}, not {frame.dtype} {list(frame.shape)}")
        margins = [(0, -length % self._even) for length in self.size]
        picture = self._av.VideoFrame.from_ndarray(np.pad(frame, [*margins, (0, 0)], mode="edge"), format="rgb24")
        picture.pts = self.num_frames
        picture.time_base = self._frame_time
        try:
            self._container.mux(self._stream.encode(picture))
        except (self._av.FFmpegError, OSError) as error:
            raise VideoError(f"{self.path} cannot be written: {error.strerror or error}") from None
        self.num_frames += 1

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None or self.num_frames:
            self.close()
        else:
            self._abandon()  # nothing to keep, and the pending exception says more than "no frame was written"

    def close(self) -> None:
        """Completes the file and gives it its final name; a second call does nothing.

        Raises:
            VideoError: if no frame was written (an old file of that name is left alone), or the file cannot be
                completed; the message then gives the path of the unfinished file.
        """
        if self._container is None:
            return
        if not self.num_frames:
            self._abandon()
            raise VideoError(f"{self.path} was not written: no frames were given")
        container, self._container = self._container, None
        try:
            try:
                container.mux(self._stream.encode(None))
            finally:
                container.close()
            os.replace(self._unfinished, self.path)
        except (self._av.FFmpegError, OSError) as error:
            left = f"what was written is in {self._unfinished}"
            raise VideoError(f"{self.path} cannot be completed: {error.strerror or error}; {left}") from None

    def _abandon(self) -> None:
        """Closes and removes the unfinished file; an exception is already on its way to the caller."""
        container, self._container = self._container, None
        if container is not None:
            with contextlib.suppress(self._av.FFmpegError, OSError):
                container.close()
        with contextlib.suppress(OSError):
            self._unfinished.unlink()


def _rate_for(encoder: str, rate: Fraction) -> Fraction:
    """The nearest rate that the encoder's format supports."""
    rate = min(rate, Fraction(_LARGEST_RATE.get(encoder, rate)))
    numerator = _LARGEST_NUMERATOR.get(encoder, rate.numerator)
    if rate.numerator <= numerator:
        return rate
    # Of the reciprocal, the numerator is the denominator, which can be bounded.
    return 1 / (1 / rate).limit_denominator(numerator)
