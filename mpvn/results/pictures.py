"""Frames with text."""

from collections.abc import Sequence

import numpy as np

from mpvn.errors import InputError

GOOD, BAD, PLAIN = (120, 230, 120), (255, 130, 110), (255, 255, 255)


def caption(
    frame: np.ndarray, lines: list[str], colour: tuple[int, int, int] = PLAIN, height: int | None = None
) -> np.ndarray:
    """A frame with lines of text on a dark band at its lower edge.

    Args:
        frame: uint8 [height, width, 3].
        lines: what to write.
        colour: of the text, (red, green, blue).
        height: of a line, in pixels; by default a twentieth of the frame's height, at least 11.

    Returns:
        uint8 of the same shape.

    Raises:
        InputError: Pillow is not installed.
    """
    height = height or max(11, frame.shape[0] // 20)
    picture, draw = _canvas(frame)
    from PIL import ImageFont

    font = ImageFont.load_default(height)
    top = frame.shape[0] - int(1.25 * height) * len(lines) - 2
    draw.rectangle([0, top, frame.shape[1], frame.shape[0]], fill=(0, 0, 0, 150))
    for i, line in enumerate(lines):
        draw.text((3, top + 1 + i * int(1.25 * height)), line, fill=(*colour, 255), font=font)
    return np.asarray(picture)


def mark(frame: np.ndarray, points: np.ndarray, colours: Sequence[tuple[int, int, int]], shape: str) -> np.ndarray:
    """A frame with a small circle or triangle at every point.

    Args:
        frame: uint8 [height, width, 3].
        points: [n, 2], (x, y) in pixels from the left upper corner.
        colours: (red, green, blue) for every point.
        shape: `"circle"` or `"triangle"`.

    Returns:
        uint8 of the same shape.

    Raises:
        InputError: Pillow is not installed.
    """
    picture, draw = _canvas(frame)
    radius = max(2.0, min(frame.shape[:2]) / 80)
    # Pillow's coordinates are those of the centres of pixels.
    for (x, y), colour in zip(np.asarray(points, float) - 0.5, colours, strict=True):
        if shape == "circle":
            box = [x - radius, y - radius, x + radius, y + radius]
            draw.ellipse(box, fill=(*colour, 255), outline=(0, 0, 0, 255))
        else:
            wide, low = 1.3 * radius, y + 0.75 * radius
            corners = [(x, y - 1.5 * radius), (x - wide, low), (x + wide, low)]
            draw.polygon(corners, fill=(*colour, 255), outline=(0, 0, 0, 255))
    return np.asarray(picture)


def frame_rows(rows: dict[str, np.ndarray], num_frames: int = 6, size: int = 120) -> np.ndarray:
    """Frames of several videos, one video per row under its name, the same instants below each other.

    Args:
        rows: {name: float [time, height, width, 3] in [0, 1]}, all of one length.
        num_frames: how many frames to show.
        size: least height of a frame in the picture, in pixels.

    Returns:
        uint8 [height, width, 3].
    """
    strips = []
    for name, video in rows.items():
        chosen = np.linspace(0, len(video) - 1, num_frames).astype(int)
        factor = -(-size // video.shape[1])
        frames = (np.clip(video[chosen], 0, 1) * 255).astype(np.uint8).repeat(factor, 1).repeat(factor, 2)
        strip = np.pad(np.concatenate(list(frames), axis=1), [[0, 26], [0, 0], [0, 0]])  # room for the name
        strips.append(caption(strip, [name], height=16))
    return np.concatenate(strips, axis=0)


def prediction_strip(
    video: np.ndarray, truth: str, prediction: str, num_frames: int = 4, size: int = 240
) -> np.ndarray:
    """A few frames of a clip side by side, with the true and the predicted class under them.

    Args:
        video: float [time, height, width, 3] in [0, 1].
        truth: name of the true class.
        prediction: name of the predicted class.
        num_frames: how many frames to show.
        size: height of a frame in the picture, in pixels.

    Returns:
        uint8 [size, width, 3].
    """
    chosen = np.linspace(0, len(video) - 1, num_frames).astype(int)
    strip = np.concatenate(list(enlarged_frames(video[chosen], size)[0]), axis=1)
    colour = GOOD if truth == prediction else BAD
    return caption(strip, [f"true: {truth}   predicted: {prediction}"], colour, height=24)


def enlarged_frames(video: np.ndarray, size: int) -> tuple[np.ndarray, int]:
    """Frames enlarged by a whole factor to at most `size` pixels in height, and that factor, at least 1.

    Args:
        video: float [time, height, width, 3] in [0, 1].
        size: in pixels.

    Returns:
        uint8 [time, factor * height, factor * width, 3], and the factor.
    """
    factor = max(1, size // video.shape[1])
    return (np.clip(video, 0, 1) * 255).astype(np.uint8).repeat(factor, 1).repeat(factor, 2), factor


def _canvas(frame: np.ndarray):
    """Pillow's picture of a frame, and what draws on it."""
    try:
        from PIL import Image, ImageDraw
    except ImportError:
        raise InputError("text on frames needs Pillow: pip install matplotlib pillow") from None
    picture = Image.fromarray(frame)
    return picture, ImageDraw.Draw(picture, "RGBA")
