"""Opening video files and cameras."""

import re
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, NamedTuple, Self

from mpvn.data.files.video_error import VideoError, import_av, reason_of

# FFmpeg opens these as one-frame "videos" (a text file as a terminal recording), which is never what was meant.
_NOT_VIDEO_FORMATS = ("tty", "image2")

# FFmpeg's own decoders of these leave out what is transparent.
_DECODERS_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}

# More than any recording has; such values are mistakes of whoever wrote the file.
_LARGEST_ASPECT = 8


class _Source(NamedTuple):
    """What is handed to `av.open`: the address, the input format (None: found from the content) and its options."""

    address: str
    format: str | None
    options: dict[str, str]


@dataclass(frozen=True)
class OpenVideo:
    """An open file or camera; a context manager. What is said of the stream stays right when it is closed.

    Attributes:
        name: the file or camera, as it was given.
        is_camera: whether it is one.
        container: PyAV's.
        stream: the video stream of it.
        decoder: PyAV's codec context.
        format: FFmpeg's name of the format, such as "mov,mp4,m4a,3gp,3g2,mj2".
        codec: FFmpeg's name of the codec.
        reorders: whether frames are kept in another order than they are shown in.
        rate: average frames per second; None where the file does not say it.
        unit: seconds per tick of the stream's time stamps.
    """

    name: str
    is_camera: bool
    container: Any
    stream: Any
    decoder: Any
    format: str
    codec: str
    reorders: bool
    rate: Fraction | None
    unit: Fraction

    def aspect(self) -> Fraction:
        """Width of a pixel by its height; known once a frame is decoded, while the file is open."""
        said = self.stream.sample_aspect_ratio or self.decoder.sample_aspect_ratio or 1
        return Fraction(said) if 1 / _LARGEST_ASPECT <= said <= _LARGEST_ASPECT else Fraction(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.container.close()


def open_video(path_or_camera: str | Path) -> OpenVideo:
    """Opens a file, or `camera:N` for the N-th camera of this machine.

    Raises:
        VideoError: the file is missing, is a folder, is no video, has no video stream or one that nothing here decodes;
            there is no such camera; or PyAV is not installed.
    """
    name = str(path_or_camera)
    av = import_av()
    is_camera = name.startswith("camera:")
    source = _camera_source(av, name) if is_camera else _file_source(name)
    try:
        # Titles and comments come in any encoding, and nothing here reads them.
        container = av.open(
            source.address, format=source.format, container_options=source.options, metadata_errors="replace"
        )
    except Exception as error:  # PyAV raises whatever of Python's errors fits
        what = "cannot be opened" if is_camera else "is not a video that can be read"
        raise VideoError(f"{name} {what}: {reason_of(error)}") from None
    try:
        return _opened(av, name, is_camera, container)
    except BaseException as error:
        container.close()
        if isinstance(error, VideoError) or not isinstance(error, Exception):
            raise
        raise VideoError(f"{name} is not a video that can be read: {reason_of(error)}") from None


def _opened(av: ModuleType, name: str, is_camera: bool, container: Any) -> OpenVideo:
    stream = _video_stream(av, name, container)
    decoder = _decoder(av, name, stream)
    if not is_camera:
        # FFmpeg would rather paint over what it cannot decode, and frames given out before that one may rest on it.
        decoder.options = {"err_detect": "explode"}
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    return OpenVideo(
        name=name,
        is_camera=is_camera,
        container=container,
        stream=stream,
        decoder=decoder,
        format=container.format.name,
        codec=stream.codec_context.codec.name,
        reorders=bool(stream.codec_context.has_b_frames),
        rate=Fraction(rate) if rate else None,
        unit=Fraction(stream.time_base),
    )


def _video_stream(av: ModuleType, name: str, container: Any) -> Any:
    """The first video stream that is moving pictures; the cover of an audio file is not."""
    cover = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & cover]
    format_name = container.format.name
    if format_name in _NOT_VIDEO_FORMATS or format_name.endswith("_pipe"):
        raise VideoError(f"{name} is not a video that can be read: it holds text or a still picture")
    if not streams:
        raise VideoError(f"{name} has no video stream")
    return streams[0]


def _decoder(av: ModuleType, name: str, stream: Any) -> Any:
    if stream.codec_context is None:
        codec = _codec_that_is_unknown(av, stream)
        raise VideoError(f"{name} cannot be decoded: this FFmpeg has no decoder for its codec{codec}")
    with_alpha = _DECODERS_WITH_ALPHA.get(stream.codec_context.codec.name)
    if with_alpha is None or stream.metadata.get("alpha_mode", stream.metadata.get("ALPHA_MODE")) != "1":
        return stream.codec_context
    try:
        return av.CodecContext.create(with_alpha, "r")
    except ValueError:  # PyAV's UnknownCodecError: this FFmpeg was built without it
        return stream.codec_context


def _codec_that_is_unknown(av: ModuleType, stream: Any) -> str:
    """ ", " and FFmpeg's words for the codec; they are to be had from its log alone."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        said = stream.container.dumps_format()
    finally:
        av.logging.set_level(level)
    found = re.search(rf"Stream #0:{stream.index}\D.*?Video: ([^,\n]+)", said)
    return f" {found[1].removeprefix('none').strip()}" if found else ""


def _file_source(name: str) -> _Source:
    path = Path(name)
    try:
        if path.is_dir():
            raise VideoError(f"{name} is a folder: expected a video file")
        if not path.exists():
            raise VideoError(f"{name} does not exist: expected a video file or camera:N")
        if not path.is_file():  # reading a pipe that nobody writes to would never end
            raise VideoError(f"{name} is no regular file: expected a video file or camera:N")
    except (OSError, ValueError) as error:
        raise VideoError(f"{name} cannot be opened: {reason_of(error)}") from None
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
