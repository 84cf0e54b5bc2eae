"""Resolves a source named by a user: a file, a camera, a pipe, or an address; and how FFmpeg opens it."""

import os
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from mpvn.data.files import addresses
from mpvn.data.files.pipes import Pipe, is_pipe
from mpvn.data.files.video_error import VideoError, reason_of

# Seconds within which a source must answer when it is opened.
OPEN_SECONDS = 10

_EXPECTED = "expected a video file or camera:N"
_EXPECTED_LIVE = "expected a video file, camera:N, /dev/videoN, an address such as rtsp://camera/, or a pipe"

# What is read to find out what a connection gives, in microseconds of video. FFmpeg's own are five seconds, by which
# a live source would be old before its first frame is seen.
_PROBED = {"analyzeduration": "1000000"}


@dataclass(frozen=True)
class NamedSource:
    """The source that a name stands for.

    Attributes:
        name: for messages.
        kind: "file", "camera", "pipe" or "address".
        place: the address or file object for `av.open`.
        format: FFmpeg's input format; None: found from the content.
        options: FFmpeg's.
        timeout: seconds until the source must answer, and for which it may be silent then; None for no limit.
        at_its_times: whether frames come at their times, and not as fast as they are read.
    """

    name: str
    kind: str
    place: str | Pipe
    format: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    timeout: tuple[float, float] | None = None
    at_its_times: bool = False

    def open_arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {"format": self.format, "container_options": self.options}
        return arguments if self.timeout is None else arguments | {"timeout": self.timeout}


def file_or_camera(av: ModuleType, name: str) -> NamedSource:
    """A recording in a file, or `camera:N`.

    Raises:
        VideoError: there is no such file or camera.
    """
    return _camera(av, name) if name.startswith("camera:") else _file(name, _EXPECTED)


def anything(av: ModuleType, name: str, patience: float) -> NamedSource:
    """Files and cameras, and also `/dev/videoN`, addresses, named pipes, and "-" for standard input.

    Args:
        av: PyAV.
        name: what the user gave.
        patience: see `mpvn.data.files.opening.open_anything`.

    Raises:
        VideoError: there is no such file, camera or pipe.
    """
    if name.startswith("camera:"):
        return _camera(av, name)
    if addresses.is_address(name):
        timeout = (OPEN_SECONDS, patience / 2)
        options = addresses.options(name) | _PROBED
        at_its_times = addresses.comes_at_its_times(name)
        return NamedSource(addresses.shown(name), "address", name, None, options, timeout, at_its_times)
    if addresses.scheme(name) == "file":
        name = unquote(urlsplit(name).path)
    path = Path("/dev/stdin" if name in ("-", "pipe:", "pipe:0") else name)
    if str(path).startswith("/dev/video") and path.is_char_device():
        return NamedSource(name, "camera", str(path), "v4l2", at_its_times=True)
    try:
        if is_pipe(path):
            return NamedSource(name, "pipe", Pipe(path, OPEN_SECONDS, patience), None, dict(_PROBED))
    except (OSError, ValueError):
        pass  # there is none: said below
    return _file(str(path), _EXPECTED_LIVE)


def _file(name: str, expected: str) -> NamedSource:
    try:
        mode = os.stat(name).st_mode
    except FileNotFoundError:
        raise VideoError(f"{name} does not exist: {expected}") from None
    except (OSError, ValueError) as error:
        raise VideoError(f"{name} cannot be opened: {reason_of(error)}") from None
    if stat.S_ISDIR(mode):
        raise VideoError(f"{name} is a folder: {expected}")
    if not stat.S_ISREG(mode):  # reading a pipe without a writer would never end
        raise VideoError(f"{name} is not a regular file: {expected}")
    # "file:" keeps a colon in a name from being read as a protocol; the whitelist keeps playlists off the network.
    return NamedSource(name, "file", f"file:{name}", None, {"protocol_whitelist": "file"})


def _camera(av: ModuleType, name: str) -> NamedSource:
    number = name.removeprefix("camera:")
    if not number.isdecimal():
        raise VideoError(f"{name} is not a camera: expected camera:N with N = 0, 1, 2, ...")
    options: dict[str, str] = {}
    if sys.platform == "darwin":
        place, format_name, options = f"{number}:none", "avfoundation", {"framerate": "30"}
    elif sys.platform == "win32":
        cameras = [device for device in av.enumerate_input_devices("dshow") if "video" in device.media_types]
        if int(number) >= len(cameras):
            raise VideoError(f"{name} does not exist: this machine has {len(cameras)} camera(s)")
        place, format_name = f"video={cameras[int(number)].name}", "dshow"
    else:
        device = Path(f"/dev/video{number}")
        if not device.exists():
            raise VideoError(f"{name} does not exist: there is no {device}")
        place, format_name = str(device), "v4l2"
    return NamedSource(name, "camera", place, format_name, options, at_its_times=True)
