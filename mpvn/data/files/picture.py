"""Converts decoded frames to pictures, as a player shows them."""

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from mpvn.data.files.video_error import import_av

# FFmpeg's numbers of colour matrices, and those of its scaler. Other numbers count as unspecified.
_MATRICES = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9, 10: 9}
_BT601, _BT709 = 5, 1


class Look(NamedTuple):
    """The form of frames.

    Attributes:
        square_pixels: treats pixels as square, as some data sets of action recognition do, whatever the file says;
            otherwise pictures have the shape that players show.
        short_side: length in pixels to which the shorter side is scaled; None keeps the size.
    """

    square_pixels: bool = False
    short_side: int | None = None


AS_SHOWN = Look()


class Screen:
    """Converts decoded frames to pictures as players show them.

    Uses the file's pixel shape, orientation, colour matrix and colour range (if unspecified, BT.709 for more than 576
    rows or 1280 columns and BT.601 below, in limited range). More than 8 bits are rounded, and transparent pixels are
    black. Rotations that are not multiples of 90 degrees are ignored; HDR colours and brightness are not mapped to
    standard screens.

    Args:
        first: the first frame; all others get its size and orientation.
        aspect: width of a pixel divided by its height.
        look: see `Look`.

    Attributes:
        size: (height, width) of the pictures.
    """

    def __init__(self, first: Any, aspect: Fraction, look: Look) -> None:
        self._av = import_av()
        self._reformatter = self._av.video.reformatter.VideoReformatter()
        height, width = _shown_size(first, Fraction(1) if look.square_pixels else aspect)
        if look.short_side is not None:
            scale = look.short_side / min(height, width)
            height, width = max(1, round(height * scale)), max(1, round(width * scale))
        self._stored = height, width
        self._turns, self._mirrored = _orientation(first)
        self.size = (width, height) if self._turns % 2 else (height, width)

    def picture(self, frame: Any) -> np.ndarray:
        """uint8 [height, width, 3], RGB, upright."""
        if any(component.is_alpha for component in frame.format.components):
            frame = self._on_black(frame)
        height, width = self._stored
        picture = self._converted(frame, "rgb24", height, width)
        if self._mirrored:
            picture = picture[:, ::-1]
        return np.ascontiguousarray(np.rot90(picture, self._turns))

    def _converted(self, frame: Any, form: str, height: int, width: int) -> np.ndarray:
        matrix = None if frame.format.is_rgb else _matrix(frame)
        # One thread, because several readers work in parallel.
        made = self._reformatter.reformat(
            frame, width=width, height=height, format=form, src_colorspace=matrix, threads=1
        )
        return made.to_ndarray()

    def _on_black(self, frame: Any) -> Any:
        pixels = self._converted(frame, "rgba", frame.height, frame.width)
        opacity = pixels[..., 3:].astype(np.uint16)
        shown = ((pixels[..., :3] * opacity + 127) // 255).astype(np.uint8)
        return self._av.VideoFrame.from_ndarray(shown, format="rgb24")


def _shown_size(frame: Any, aspect: Fraction) -> tuple[int, int]:
    """(height, width) in square pixels, before rotation; no rows or columns of the frame are lost."""
    height, width = frame.height, frame.width
    return (height, round(width * aspect)) if aspect >= 1 else (round(height / aspect), width)


def _orientation(frame: Any) -> tuple[int, bool]:
    """(counter-clockwise quarter turns, whether it is mirrored left to right before them) that make a frame upright."""
    data = next((bytes(data) for data in frame.side_data if data.type.name == "DISPLAYMATRIX"), None)
    if data is None or len(data) < 36:
        return 0, False
    a, b, _, c, d, *_ = np.frombuffer(data, np.int32) / 2**16  # (x, y) is shown at (a x + c y, b x + d y)
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    angle = np.degrees(np.arctan2(-b, a))  # counter-clockwise on the screen, whose y points down
    return (int(round(angle / 90)) % 4 if abs(angle / 90 - round(angle / 90)) < 0.01 else 0), bool(mirrored)


def _matrix(frame: Any) -> int:
    """The scaler's number of the frame's colour matrix."""
    guess = _BT709 if frame.height > 576 or frame.width >= 1280 else _BT601
    return _MATRICES.get(int(frame.colorspace), guess)
