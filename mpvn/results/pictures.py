"""Frames with text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mpvn.errors import InputError

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]  # red, green, blue


def caption(frame: np.ndarray, lines: Sequence[str], height: int | None = None) -> np.ndarray:
    """A frame with lines of text on a dark band at its lower edge.

    Args:
        frame: uint8 [height, width, 3].
        lines: what to write.
        height: of a line, in pixels; by default a twentieth of the frame's height, at least 11.

    Returns:
        uint8 of the same shape.

    Raises:
        InputError: Pillow is not installed.
    """
    height = height or max(11, frame.shape[0] // 20)
    pillow = Pillow()
    picture, draw = pillow.canvas(frame)
    top = frame.shape[0] - int(1.25 * height) * len(lines) - 2
    draw.rectangle([0, top, frame.shape[1], frame.shape[0]], fill=(0, 0, 0, 150))
    for i, line in enumerate(lines):
        draw.text((3, top + 1 + i * int(1.25 * height)), line, fill="white", font=pillow.font(height))
    return np.asarray(picture)


def mark(
    frame: np.ndarray,
    points: np.ndarray,
    colours: Sequence[Colour],
    shape: str,
    bones: Sequence[tuple[int, int]] = (),
) -> np.ndarray:
    """A frame with a small circle or triangle at every point.

    Args:
        frame: uint8 [height, width, 3].
        points: [n, 2], (x, y) in pixels from the left upper corner.
        colours: of every point.
        shape: `"circle"` or `"triangle"`.
        bones: pairs of points that a line joins, in the colour of the second one.

    Returns:
        uint8 of the same shape.

    Raises:
        InputError: Pillow is not installed.
    """
    picture, draw = Pillow().canvas(frame)
    radius = max(2.0, min(frame.shape[:2]) / 80)
    points = np.asarray(points, float) - 0.5  # Pillow's coordinates are those of the centres of pixels
    for one, other in bones:
        draw.line([*points[one], *points[other]], fill=(*colours[other], 255), width=max(1, round(radius / 2)))
    for (x, y), colour in zip(points, colours, strict=True):
        if shape == "circle":
            box = [x - radius, y - radius, x + radius, y + radius]
            draw.ellipse(box, fill=(*colour, 255), outline=(0, 0, 0, 255))
        else:
            wide, low = 1.3 * radius, y + 0.75 * radius
            corners = [(x, y - 1.5 * radius), (x - wide, low), (x + wide, low)]
            draw.polygon(corners, fill=(*colour, 255), outline=(0, 0, 0, 255))
    return np.asarray(picture)


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


class Pillow:
    """The parts of Pillow that are used here.

    Raises:
        InputError: Pillow is not installed.
    """

    def __init__(self) -> None:
        try:
            from PIL import Image, ImageDraw, ImageFont
        except ImportError:
            raise InputError("text on frames needs Pillow: pip install matplotlib pillow") from None
        self._image, self._draw, self._font = Image, ImageDraw, ImageFont

    def canvas(self, frame: np.ndarray) -> "tuple[Image.Image, ImageDraw.ImageDraw]":
        """Pillow's picture of a frame, uint8 [height, width, 3], and what draws on it."""
        picture = self._image.fromarray(frame)
        return picture, self._draw.Draw(picture, "RGBA")

    def font(self, height: int) -> "ImageFont.FreeTypeFont":
        """A font, `height` in pixels."""
        return self._font.load_default(height)
