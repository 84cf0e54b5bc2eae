"""Decodes an open video from its current position to its end."""

from collections.abc import Generator
from typing import Any

from mpvn.data.files.deinterlacing import deinterlaced
from mpvn.data.files.opening import OpenVideo
from mpvn.data.files.video_error import BrokenOff, VideoError, reason_of


def decoded(video: OpenVideo) -> Generator[Any, None, None]:
    """PyAV's frames in display order, deinterlaced.

    Damage that still decodes (few formats have checksums) cannot be noticed.

    Raises:
        VideoError: at the first frame of a file that is damaged; the message counts the good ones before it.
        BrokenOff: a connection broke off before its end.
    """
    return deinterlaced(_of_file(video) if video.kind == "file" else _of_connection(video))


def _of_connection(video: OpenVideo) -> Generator[Any, None, None]:
    """Frames of a stream that may begin in the middle, or break off: undecodable packets are skipped."""
    packets, broken = video.container.demux(video.stream), None
    while True:
        try:
            packet = next(packets, None)
        except Exception as error:  # PyAV raises various Python exceptions
            packet, broken = None, BrokenOff(f"{video.name} broke off: {_reason(error)}")
        yield from _whole_frames(video, packet)
        if broken is not None:
            raise broken
        if packet is None or not packet.size:
            return


def _whole_frames(video: OpenVideo, packet: Any | None) -> list[Any]:
    try:
        frames = video.decoder.decode(packet if packet is not None and packet.size else None)
    except Exception:  # PyAV raises various Python exceptions
        return []
    return [frame for frame in frames if not frame.is_corrupt]


def _reason(error: Exception) -> str:
    # FFmpeg says "Immediate exit requested" after a timeout.
    return "it delivered nothing for too long" if type(error).__name__ == "ExitError" else reason_of(error)


def _of_file(video: OpenVideo) -> Generator[Any, None, None]:
    good = 0
    try:
        for packet in video.container.demux(video.stream):
            for frame in video.decoder.decode(packet if packet.size else None):
                if frame.is_corrupt:
                    raise _damaged(video, good, "a frame decodes only partially")
                yield frame
                good += 1
    except (VideoError, GeneratorExit):
        raise
    except EOFError:  # PyAV's error for a decoder that already knows the end
        return
    except Exception as error:  # PyAV raises various Python exceptions
        raise _damaged(video, good, reason_of(error)) from None


def _damaged(video: OpenVideo, good: int, reason: object) -> VideoError:
    last = f"the last good frame is {good - 1}" if good else "it has no good frame"
    return VideoError(f"{video.name} is damaged: {last} ({reason})")
