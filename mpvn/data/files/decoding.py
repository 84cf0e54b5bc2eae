"""Decoding an open video from where it stands to its end."""

from collections.abc import Generator
from typing import Any

from mpvn.data.files.deinterlacing import deinterlaced
from mpvn.data.files.opening import OpenVideo
from mpvn.data.files.video_error import VideoError, reason_of


def decoded(video: OpenVideo) -> Generator[Any, None, None]:
    """PyAV's frames, in the order in which they are shown, and not interlaced.

    Damage that still decodes (few formats have checksums) cannot be noticed.

    Raises:
        VideoError: at the first frame that is damaged; the message counts the good ones before it.
    """
    return deinterlaced(_decoded(video))


def _decoded(video: OpenVideo) -> Generator[Any, None, None]:
    good = 0
    try:
        for packet in video.container.demux(video.stream):
            for frame in video.decoder.decode(packet if packet.size else None):
                if frame.is_corrupt and not video.is_camera:  # a camera's next picture will be whole again
                    raise _damaged(video, good, "a frame decodes only in part")
                yield frame
                good += 1
    except (VideoError, GeneratorExit):
        raise
    except EOFError:  # PyAV's, of a decoder that was told of the end before
        return
    except Exception as error:  # PyAV raises whatever of Python's errors fits
        raise _damaged(video, good, reason_of(error)) from None


def _damaged(video: OpenVideo, good: int, reason: object) -> VideoError:
    last = f"the last good frame is {good - 1}" if good else "it has no good frame"
    return VideoError(f"{video.name} is damaged: {last} ({reason})")
