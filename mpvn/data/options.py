"""Options of synthetic data sets."""

from typing import Annotated, TypeAlias

import numpy as np

from mpvn.errors import InputError
from mpvn.ranges import AtLeast, PathOrAddress

FPS = 25  # default frames per second; as in UCF101
# Types of settings of such data sets.
Size: TypeAlias = Annotated[int, AtLeast(16)]  # pixels
DataDir: TypeAlias = PathOrAddress  # TFDS also reads and writes addresses

_LEAST = {"num_frames": 1, "size": 16, "least_objects": 1, "fps": 1}


def check_options(data_set: str, **options: int) -> None:
    """Raises InputError for the first option that is not a whole number of at least its minimum, usually 0."""
    for name, value in options.items():
        low = _LEAST.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
            raise InputError(
                f"{data_set}: {name}={value!r} is invalid: expected a whole number of at least {low}; change {name}"
            )
