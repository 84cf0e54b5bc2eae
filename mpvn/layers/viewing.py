"""Which frames of recordings a network is shown, and which part of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Viewing:
    """How recordings become what a network is trained and evaluated on, so that streams show it the same.

    Attributes:
        size: side of the square that is cut out of the middle, in pixels.
        short_side: pixels of the shorter side, to which pictures are scaled before that.
        fps: frames per second that recordings are brought to; None keeps each one's own.
        stride: distance between two frames, at that rate.
        square_pixels: takes pixels as square, whatever files say of them.
    """

    size: int
    short_side: int
    fps: float | None = None
    stride: int = 1
    square_pixels: bool = False

    def fits(self, frame_shape: tuple[int, ...]) -> bool:
        """Whether a network of such frames can be shown this."""
        return len(frame_shape) == 3 and frame_shape[:2] == (self.size, self.size)

    def get_config(self) -> dict[str, Any]:
        """What a file keeps."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        return cls(**config)
