"""Reading video files and cameras frame by frame, upright and as they are, through PyAV.

    with VideoReader("clip.mp4") as frames:
        for frame in resample(frames, frames.fps, 25):
            ...  # uint8 [height, width, 3], RGB

Everything that can be wrong with a file ends in one `VideoError` whose line names the file. PyAV is imported when the
first video is opened, so that the rest of the package works without it.
"""

import sys
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from mpvn.data.files.resampling import resample
from mpvn.errors import InputError

PADDINGS = (None, "loop", "last")

# FFmpeg opens these as one-frame "videos" (a text file as a terminal recording), which is never what was meant.
_NOT_VIDEO_FORMATS = ("tty", "image2")


class VideoError(InputError):
    """A video, or a list of videos, cannot be used; the message is one line that names the path."""


class _Source(NamedTuple):
    """What is handed to `av.open`: the address, the input format (None: found from the content) and its options."""

    address: str
    format: str | None
    options: dict[str, str]


def import_av() -> ModuleType:
    """The `av` package. Raises VideoError, saying how to install it, when it is missing.

    PyAV keeps FFmpeg's own log switched off unless a program asks for it, so nothing is set here.
    """
    try:
        import av
    except ImportError:
        raise VideoError("reading and writing video needs PyAV: pip install 'mpvn[video]'") from None
    return av


class VideoReader:
    """Iterates over the frames of a video file or a camera, once: uint8 [height, width, 3], RGB, upright.

    Rotation tags that are multiples of 90 degrees are honoured. Pixels are taken as square, as the action-recognition
    data sets do. A frame whose size changes on the way is scaled to the size of the first one.

    Frames of a damaged file that come before the damage are given out, then VideoError is raised. Damage that still
    decodes (few formats have checksums) cannot be noticed, nor can a missing end where the format keeps no table of
    its frames (mkv, webm).

    Args:
        path_or_camera: a file (mp4, avi, mkv, mov, webm, gif, ...), or `camera:N` for the N-th camera of this machine.

    Attributes:
        name: the file or camera, as it was given.
        rate: average frames per second, a Fraction.
        fps: the same as a float.
        size: (height, width) of the upright frames, in pixels.
        num_frames: how many frames were read so far.

    Raises:
        VideoError: when opened, if the file is missing, is a folder, is no video or has no video stream, if there is no
            such camera, or if PyAV is not installed; while iterating, if the file is damaged.
    """

    def __init__(self, path_or_camera: str | Path) -> None:
        self.name = str(path_or_camera)
        self.num_frames = 0
        self._av = import_av()
        self._is_camera = self.name.startswith("camera:")
        source = _camera_source(self._av, self.name) if self._is_camera else _file_source(self.name)
        try:
            self._container = self._av.open(source.address, format=source.format, container_options=source.options)
        except (self._av.FFmpegError, OSError) as error:
            what = "cannot be opened" if self._is_camera else "is not a video that can be read"
            raise VideoError(f"{self.name} {what}: {error.strerror or error}") from None
        self._stream = self._video_stream()
        if not self._is_camera:
            # FFmpeg would rather paint over what it cannot decode, and frames given out before that one may rest on it.
            self._stream.codec_context.options = {"err_detect": "explode"}
        self._decoded = self._decode()
        self._first = None  # the first decoded frame, while it waits to be given out
        self._raw_size: tuple[int, int] | None = None

    def _video_stream(self) -> Any:
        """The first video stream that is moving pictures; the cover of an audio file is not."""
        cover = self._av.stream.Disposition.attached_pic
        streams = [stream for stream in self._container.streams.video if not stream.disposition & cover]
        format_name = self._container.format.name
        if format_name in _NOT_VIDEO_FORMATS or format_name.endswith("_pipe"):
            problem = "is not a video that can be read: it holds text or a still picture"
        elif not streams:
            problem = "has no video stream"
        else:
            return streams[0]
        self._container.close()
        raise VideoError(f"{self.name} {problem}")

    @property
    def rate(self) -> Fraction:
        rate = self._stream.average_rate or self._stream.guessed_rate or self._stream.base_rate
        if not rate:
            raise VideoError(f"{self.name} does not say its frame rate")
        return Fraction(rate)

    @property
    def fps(self) -> float:
        return float(self.rate)

    @property
    def size(self) -> tuple[int, int]:
        if self._raw_size is None:
            self._first = next(self._decoded, None)  # the rotation is tagged on frames, so one has to be decoded
            if self._first is None:
                raise VideoError(f"{self.name} holds no frame")
            self._raw_size, self._turns = _geometry(self._first)
        height, width = self._raw_size
        return (width, height) if self._turns % 2 else (height, width)

    def __iter__(self) -> "VideoReader":
        return self

    def __next__(self) -> np.ndarray:
        frame, self._first = self._first, None
        if frame is None:
            frame = next(self._decoded)
        self.num_frames += 1
        return self._picture(frame)

    def _picture(self, frame: Any) -> np.ndarray:
        if self._raw_size is None:
            self._raw_size, self._turns = _geometry(frame)
        height, width = self._raw_size
        picture = frame.to_ndarray(format="rgb24", width=width, height=height)
        return np.ascontiguousarray(np.rot90(picture, self._turns))

    def _decode(self) -> Generator[Any, None, None]:
        """Decoded frames; FFmpeg's errors become VideoError with the index of the last good frame."""
        decoded = 0
        try:
            for frame in self._container.decode(self._stream):
                if frame.is_corrupt and not self._is_camera:  # a camera's next picture will be whole again
                    raise self._damaged(decoded, "a frame decodes only in part")
                yield frame
                decoded += 1
        except (self._av.FFmpegError, OSError) as error:
            raise self._damaged(decoded, error.strerror or error) from None

    def _damaged(self, decoded: int, reason: object) -> VideoError:
        good = f"the last good frame is {decoded - 1}" if decoded else "it has no good frame"
        return VideoError(f"{self.name} is damaged: {good} ({reason})")

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file or camera; iterating afterwards gives no more frames."""
        self._first = None
        self._decoded.close()
        self._container.close()


def _geometry(frame: Any) -> tuple[tuple[int, int], int]:
    """((height, width) as stored, number of counter-clockwise quarter turns that make it upright)."""
    turns = frame.rotation // 90 % 4 if frame.rotation % 90 == 0 else 0
    return (frame.height, frame.width), turns


def _file_source(name: str) -> _Source:
    path = Path(name)
    if path.is_dir():
        raise VideoError(f"{name} is a folder: expected a video file")
    if not path.exists():
        raise VideoError(f"{name} does not exist: expected a video file or camera:N")
    # "file:" keeps a colon in a name from being read as a protocol; the whitelist keeps playlists off the network.
    return _Source(f"file:{name}", None, {"protocol_whitelist": "file"})


def _camera_source(av: ModuleType, name: str) -> _Source:
    number = name.removeprefix("camera:")
    if not number.isdecimal():
        raise VideoError(f"{name} is not a camera: expected camera:N with N = 0, 1, 2, ...")
    if sys.platform == "darwin":
        return _Source(f"{number}:none", "avfoundation", {"framerate": "30"})
    if sys.platform == "win32":
        cameras = [device for device in av.enumerate_input_devices("dshow") if "video" in device.media_types]
        if int(number) >= len(cameras):
            raise VideoError(f"{name} does not exist: this machine has {len(cameras)} camera(s)")
        return _Source(f"video={cameras[int(number)].name}", "dshow", {})
    device = Path(f"/dev/video{number}")
    if not device.exists():
        raise VideoError(f"{name} does not exist: there is no {device}")
    return _Source(str(device), "v4l2", {})


def count_frames(path: str | Path) -> int:
    """The true number of frames of a file, found by decoding it: containers often leave it out or say it wrong.

    Raises:
        VideoError: as VideoReader does.
    """
    with VideoReader(path) as reader:
        return sum(1 for _ in reader._decoded)


def read_clip(
    path: str | Path,
    num_frames: int,
    stride: int = 1,
    start: int = 0,
    fps: Fraction | float | None = None,
    pad: str | None = None,
) -> np.ndarray:
    """Frames start, start + stride, ... of a video, as one array.

    Args:
        path: video file or `camera:N`.
        num_frames: T, how many frames.
        stride: distance between two of them, in frames, at the rate `fps` where that is given.
        start: index of the first one, counted at the same rate.
        fps: frames per second to bring the video to first (see `resample`); None keeps its own.
        pad: what a video shorter than the clip gives: None an error, "loop" itself again from its beginning, "last" its
            last frame repeated.

    Returns:
        uint8 [T, height, width, 3].

    Raises:
        VideoError: if the video cannot be read as far as the clip needs, or is shorter and `pad` is None.
        InputError: if `num_frames` or `stride` is below 1, `start` is below 0, or `pad` is unknown.
    """
    if num_frames < 1 or stride < 1 or start < 0:
        raise InputError(f"expected num_frames >= 1, stride >= 1, start >= 0: got {num_frames}, {stride}, {start}")
    if pad not in PADDINGS:
        raise InputError(f"pad must be one of {PADDINGS}, not {pad!r}")
    wanted = start + stride * np.arange(num_frames)
    frames, available = _pick(path, wanted, fps)
    if available <= wanted[-1]:
        if pad is None or available == 0:
            at_rate = "" if fps is None else f" at {float(fps):g} frames per second"
            raise VideoError(f"{path} has {available} frames{at_rate}, but the clip needs {wanted[-1] + 1}")
        # The video is short, so reading it again costs little; keeping every frame of long ones would cost memory.
        wanted = wanted % available if pad == "loop" else np.minimum(wanted, available - 1)
        frames, _ = _pick(path, wanted, fps)
    return np.stack([frames[index] for index in wanted.tolist()])


def _pick(path: str | Path, wanted: np.ndarray, fps: Fraction | float | None) -> tuple[dict[int, np.ndarray], int]:
    """(frames by wanted index, number of frames read); reads no further than the last wanted index."""
    indices, last, picked, count = set(wanted.tolist()), int(wanted.max()), {}, 0
    with VideoReader(path) as reader:
        frames = reader._decoded if fps is None else resample(reader._decoded, reader.rate, fps)
        for count, frame in enumerate(frames, start=1):
            if count - 1 in indices:
                picked[count - 1] = reader._picture(frame)  # turning to RGB costs as much as decoding: only these
            if count > last:
                break
    return picked, count
