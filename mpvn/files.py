"""Files that outlive a kill."""

import os
from collections.abc import Callable
from pathlib import Path


def replace(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a file whole or not at all.

    Args:
        path: of the file.
        write: function that writes to the path that it is given.
    """
    temporary = path.with_name(f"new.{path.name}")
    write(temporary)
    os.replace(temporary, path)
