"""Opens video files, cameras, and other sources of video."""

import re
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

from mpvn.data.files import addresses
from mpvn.data.files.named_source import NamedSource, anything, file_or_camera
from mpvn.data.files.pipes import Pipe
from mpvn.data.files.video_error import VideoError, import_av, reason_of

# FFmpeg opens these as one-frame "videos" (a text file as a terminal recording), which is never intended.
_NOT_VIDEO_FORMATS = ("tty", "image2")

# FFmpeg's own decoders of these ignore transparency.
_DECODERS_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}

# More than any recording has; larger values are errors in the file.
_LARGEST_ASPECT = 8


@dataclass(frozen=True)
class OpenVideo:
    """An open file or camera; a context manager. Its attributes stay valid after closing.

    Attributes:
        name: the file, camera, pipe or address, as messages name it.
        kind: "file", "camera", "pipe" or "address".
        is_recording: whether it has a known end, so that slow reading loses nothing.
        at_its_times: whether frames come at their times, and not as fast as they are read.
        begin: time when opening began, on the clock of `time.monotonic`.
        pipe: the pipe that is read; None if FFmpeg opens the source itself.
        container: PyAV's container.
        stream: its video stream.
        decoder: PyAV's codec context.
        format: FFmpeg's name of the format, such as "mov,mp4,m4a,3gp,3g2,mj2".
        codec: FFmpeg's name of the codec.
        reorders: whether frames are stored in another order than they are shown.
        rate: average frames per second; None if the file does not give it.
        unit: seconds per tick of the stream's time stamps.
        duration: duration in seconds from the header; None if it is not given.
    """

    name: str
    kind: str
    is_recording: bool
    at_its_times: bool
    begin: float
    pipe: Pipe | None
    container: Any
    stream: Any
    decoder: Any
    format: str
    codec: str
    reorders: bool
    rate: Fraction | None
    unit: Fraction
    duration: Fraction | None

    def aspect(self) -> Fraction:
        """Width of a pixel by its height; known once a frame is decoded, while the file is open."""
        said = self.stream.sample_aspect_ratio or self.decoder.sample_aspect_ratio or 1
        return Fraction(said) if 1 / _LARGEST_ASPECT <= said <= _LARGEST_ASPECT else Fraction(1)

    def close(self) -> None:
        if self.pipe is not None:
            self.pipe.close()
        self.container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_video(path_or_camera: str | Path) -> OpenVideo:
    """Opens a file, or `camera:N` for the N-th camera of this machine.

    Raises:
        VideoError: the file does not exist, is a folder, is not a video, or has no video stream that can be decoded;
            the camera does not exist; or PyAV is not installed.
    """
    av = import_av()
    return _open(av, file_or_camera(av, str(path_or_camera)))


def open_anything(name: str | Path, patience: float) -> OpenVideo:
    """Opens any source that FFmpeg supports, including addresses, pipes and devices.

    Args:
        name: see `mpvn.data.files.named_source.anything`.
        patience: seconds for which a pipe may be silent; an address may be silent for half of this time, the other half
            is left for another attempt.

    Raises:
        VideoError: see `open_video`; or the source does not answer.
    """
    av = import_av()
    return _open(av, anything(av, str(name), patience))


def _open(av: ModuleType, source: NamedSource) -> OpenVideo:
    begin = time.monotonic()
    try:
        # Titles and comments may have any encoding, and are not read here.
        container = av.open(source.place, **source.open_arguments(), metadata_errors="replace")
    except Exception as error:  # PyAV raises various Python exceptions
        if isinstance(source.place, Pipe):
            source.place.close()
        raise VideoError(_refused(av, source, error, time.monotonic() - begin)) from None
    try:
        return _opened(av, source, container, begin)
    except BaseException as error:
        container.close()
        if isinstance(source.place, Pipe):
            source.place.close()
        if isinstance(error, VideoError) or not isinstance(error, Exception):
            raise
        raise VideoError(f"{source.name} is not a readable video: {reason_of(error)}") from None


def _refused(av: ModuleType, source: NamedSource, error: Exception, seconds: float) -> str:
    """The message for a source that could not be opened."""
    name, reason = source.name, reason_of(error)
    if source.kind == "file":
        return f"{name} is not a readable video: {reason}"
    if source.timeout and seconds >= source.timeout[0]:  # FFmpeg's messages differ
        return f"{name} timed out: no readable data came within {source.timeout[0]:g} s"
    if isinstance(error, TimeoutError):
        return f"{name} timed out: {reason}"
    if isinstance(error, ConnectionRefusedError):
        return f"{name} was refused: nothing listens there ({reason})"
    if isinstance(error, av.error.ProtocolNotFoundError):
        return f"{name} cannot be opened: this FFmpeg knows no {addresses.scheme(name)}://"
    if isinstance(error, av.error.InvalidDataError):
        return f"{name} gives no readable video: {reason}"
    return f"{name} cannot be opened: {reason}"


def _opened(av: ModuleType, source: NamedSource, container: Any, begin: float) -> OpenVideo:
    stream = _video_stream(av, source.name, container)
    decoder = _decoder(av, source.name, stream)
    if source.kind == "file":
        # By default, FFmpeg conceals what it cannot decode, and earlier frames may depend on it.
        decoder.options = {"err_detect": "explode"}
    has_end = container.size > 0 or bool(container.duration)
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    return OpenVideo(
        name=source.name,
        kind=source.kind,
        is_recording=source.kind == "file" or (has_end and not source.at_its_times),
        at_its_times=source.at_its_times,
        begin=begin,
        pipe=source.place if isinstance(source.place, Pipe) else None,
        container=container,
        stream=stream,
        decoder=decoder,
        format=container.format.name,
        codec=stream.codec_context.codec.name,
        reorders=bool(stream.codec_context.has_b_frames),
        rate=Fraction(rate) if rate else None,
        unit=Fraction(stream.time_base),
        duration=_duration(stream, container),
    )


def _duration(stream: Any, container: Any) -> Fraction | None:
    if stream.duration:
        return stream.duration * Fraction(stream.time_base)
    return Fraction(container.duration, 10**6) if container.duration else None


def _video_stream(av: ModuleType, name: str, container: Any) -> Any:
    """The first video stream with moving pictures, which the cover of an audio file is not."""
    cover = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & cover]
    format_name = container.format.name
    if format_name in _NOT_VIDEO_FORMATS or format_name.endswith("_pipe"):
        raise VideoError(f"{name} is not a readable video: it holds text or a still picture")
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
    """A space and FFmpeg's name for the codec, which only its log has; "" where it has none."""
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        said = stream.container.dumps_format()
    finally:
        av.logging.set_level(level)
    found = re.search(rf"Stream #0:{stream.index}\D.*?Video: ([^,\n]+)", said)
    return f" {found[1].removeprefix('none').strip()}" if found else ""
