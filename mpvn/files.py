"""Writes files atomically."""

import os
from collections.abc import Callable
from pathlib import Path


def replace(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a file completely or not at all.

    Args:
        path: path of the file.
        write: function that writes to a given path.
    """
    temporary = path.with_name(f"new.{path.name}")
    try:
        write(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def check_room(path: Path, num_bytes: int) -> None:
    """Raises OSError if there is no space for a file of this size; for libraries without clear errors."""
    if not hasattr(os, "posix_fallocate"):  # not available on every system
        return

    def reserve(temporary: Path) -> None:
        with open(temporary, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, num_bytes)

    probe = path.with_name(f"room.{path.name}")
    try:
        replace(probe, reserve)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        probe.unlink(missing_ok=True)
