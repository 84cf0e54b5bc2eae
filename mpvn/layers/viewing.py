"""Which frames of recordings a network gets, and which part of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Viewing:
    """How recordings become the frames of training and evaluation, so that streams use the same.

    Attributes:
        size: side of the centre crop, in pixels.
        short_side: length in pixels to which the shorter side is scaled before the crop.
        fps: frame rate to which recordings are converted; None keeps their own rates.
        stride: distance between two frames, at that rate.
        square_pixels: treats pixels as square, whatever files say.
    """

    size: int
    short_side: int
    fps: float | None = None
    stride: int = 1
    square_pixels: bool = False

    def fits(self, frame_shape: tuple[int, ...]) -> bool:
        """Whether this fits a network with given frames."""
        return len(frame_shape) == 3 and frame_shape[:2] == (self.size, self.size)

    def get_config(self) -> dict[str, Any]:
        """The values for files."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        return cls(**config)
