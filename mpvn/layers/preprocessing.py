"""The range of pixels that a network takes."""

import warnings
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from mpvn.errors import InputError
from mpvn.pixels import RangeCheck

TELL = "mpvn.from_keras(model, preprocessing='tf', 'caffe', 'torch', 'none' or a layer), or white=1.0 for [0, 1]"
# Names for networks made for this package, and for models with an unknown range of pixels.
NATIVE, UNKNOWN = "native", "unknown"


@dataclass(frozen=True)
class Preprocessing:
    """The range of pixels that a network takes, as part of its description.

    The network itself computes its preprocessing, in its first unit; this class describes the input frames.

    Attributes:
        white: value of a full white pixel: 1.0, 255.0, or None if unknown. Black is 0.
        name: name of the preprocessing in tables and messages.
        dtype: type of the frames that the network was made for; if white is 255, 8-bit frames also work.

    Ours.
    """

    white: float | None = 1.0
    name: str = NATIVE
    dtype: str = "float32"
    _range_check: RangeCheck = field(default_factory=RangeCheck, compare=False, repr=False)
    _doubts: list[None] = field(default_factory=list, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.white is not None and not (isinstance(self.white, (int, float)) and self.white > 0):
            raise InputError(f"white={self.white!r}: expected the value of a white pixel, such as 1.0 or 255.0")

    @property
    def takes_8_bit(self) -> bool:
        """Whether frames may be uint8."""
        return self.white == 255

    @property
    def looks(self) -> bool:
        """Whether frames are still looked at."""
        return self.white is not None and self._range_check.looks

    @property
    def range(self) -> str:
        """`[0, 1]`, `[0, 255]` or `an unknown range`."""
        return "an unknown range" if self.white is None else f"[0, {self.white:g}]"

    @property
    def advice(self) -> str:
        """What to do about frames of an unsupported type."""
        if self.white is None:
            return f"floating point in the range that the model was made for; for 8-bit images set that range, {TELL}"
        if self.takes_8_bit:
            return f"uint8 or floating point, images in {self.range}"
        return f"floating point, images in {self.range}; for 8-bit images divide by {255 / self.white:g}"

    def of_unit_range(self, frames: Any) -> Any:
        """Converts frames from [0, 1] to the network's range; if it is unknown, warns and leaves them unchanged."""
        if self.white is None and not self._doubts:
            self._doubts.append(None)
            warnings.warn(
                f"the range of pixels of this network is unknown: it gets frames in [0, 1]; set the range by {TELL}",
                stacklevel=3,
            )
        return frames if self.white in (None, 1.0) else frames * self.white

    def to_unit_range(self, frames: Any) -> Any:
        """Converts frames from the network's range to [0, 1]."""
        return frames if self.white in (None, 1.0) else frames / self.white

    def look_at(self, frames: np.ndarray) -> None:
        """Warns, once, about frames [..., height, width, channels] that cannot be in the network's range.

        Only the first few calls are checked, and no 8-bit frames.
        """
        if self.white is not None:
            self._range_check.look_at(frames, self.white, f"this network (preprocessing {self.name!r})")

    def get_config(self) -> dict[str, Any]:
        """The attributes, as for any Keras object."""
        return {"white": self.white, "name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The preprocessing that `get_config` describes."""
        return cls(**config)
