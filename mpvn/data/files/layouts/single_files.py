"""Files without classes."""

import os
from collections.abc import Sequence
from pathlib import Path

from mpvn.data.files.examples import Example, Listing
from mpvn.data.files.reader import VideoError


def single_files(paths: str | Path | Sequence[str | Path]) -> Listing:
    """Files without classes: every label is 0, the class is called "unlabelled".

    Raises:
        VideoError: if there is no path, or one is not a file.
    """
    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    if not paths:
        raise VideoError("no video was named: expected the path of at least one video file")
    for path in paths:
        if not os.path.isfile(path):
            raise VideoError(f"{path} is not a file: expected a video file")
    return Listing([Example(str(path), 0) for path in paths], ["unlabelled"])
