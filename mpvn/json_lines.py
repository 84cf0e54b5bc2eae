"""Files of one JSON object per line, to which processes that may be killed append."""

import json
import os
from pathlib import Path


def read(path: str | Path) -> list[dict]:
    """The objects of a file; none if it is not there. A line that was broken off, or holds none, is passed over."""
    path, rows = Path(path), []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:  # broken off, or no text
            continue
        rows += [row] if isinstance(row, dict) else []
    return rows


def append(path: str | Path, row: dict) -> None:
    """Adds an object, on a line of its own even where the last one was broken off."""
    with open(path, "a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(json.dumps(row).encode() + b"\n")
