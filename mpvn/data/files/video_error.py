"""Errors of videos, in one line."""

from types import ModuleType

from mpvn.errors import InputError


class VideoError(InputError):
    """A video, or a list of videos, cannot be used; the message is one line that names the path."""


class BrokenOff(VideoError):
    """A camera or connection stopped without signalling its end."""


def import_av() -> ModuleType:
    """The `av` package. Raises VideoError, saying how to install it, when it is missing.

    PyAV keeps FFmpeg's own log switched off unless a program asks for it, so nothing is set here.
    """
    try:
        import av
    except ImportError:
        raise VideoError("reading and writing video needs PyAV: pip install av pillow") from None
    return av


def reason_of(error: Exception) -> str:
    """The message of an error of PyAV or the system, in one line."""
    lines = str(getattr(error, "strerror", None) or error or type(error).__name__).splitlines()
    return lines[0] if lines else type(error).__name__
