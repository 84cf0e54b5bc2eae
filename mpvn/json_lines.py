"""Files of one JSON object per line, safe to append to by processes that may be killed."""

import json
import os
from pathlib import Path


def read(path: str | Path) -> list[dict]:
    """The objects of a file; empty if it does not exist. Incomplete or invalid lines are skipped."""
    path, rows = Path(path), []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:  # incomplete, or not text
            continue
        rows += [row] if isinstance(row, dict) else []
    return rows


def append(path: str | Path, row: dict) -> None:
    """Adds an object on a new line, even if the last line is incomplete."""
    with open(path, "a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(json.dumps(row).encode() + b"\n")
