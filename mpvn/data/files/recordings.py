"""Which clips were cut from one recording, as far as the names of data sets say it."""

import os
import re

from mpvn.data.files.tree import stem

_CLIPS = (
    re.compile(r"(.*_g\d+)_c\d+", re.IGNORECASE),  # UCF101: v_Archery_g01_c03
    re.compile(r"(.*_(?:goo|med|bad))_\d+"),  # HMDB51: name_walk_f_cm_np1_ri_med_2
    re.compile(r"(.*)_\d{6}_\d{6}"),  # Kinetics: id_000010_000020
)


def recording(path: str) -> str:
    """The name of the recording that a file was cut from: clips of one look alike, and belong in one part of the data.

    A name that follows no data set's pattern is a recording of its own, with its folder.
    """
    folder, name = os.path.split(path)
    name = stem(name)
    for pattern in _CLIPS:
        if match := pattern.fullmatch(name):
            return match[1]
    return os.path.join(folder, name)
