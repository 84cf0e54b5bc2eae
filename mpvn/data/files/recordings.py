"""Finds clips of the same recording from the file names of data sets."""

import os
import re

from mpvn.data.files.tree import stem

_CLIPS = (
    re.compile(r"(.*_g\d+)_c\d+", re.IGNORECASE),  # UCF101: v_Archery_g01_c03
    re.compile(r"(.*_(?:goo|med|bad))_\d+"),  # HMDB51: name_walk_f_cm_np1_ri_med_2
    re.compile(r"(.*)_\d{6}_\d{6}"),  # Kinetics: id_000010_000020
)


def recording(path: str) -> str:
    """The name of a file's recording: clips of the same recording look alike, and belong in the same part.

    A name without a known pattern, with its folder, is a separate recording.
    """
    folder, name = os.path.split(path)
    name = stem(name)
    for pattern in _CLIPS:
        if match := pattern.fullmatch(name):
            return match[1]
    return os.path.join(folder, name)
