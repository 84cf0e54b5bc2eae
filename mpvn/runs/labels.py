"""Writes a network's predictions for video frames as a file of labels."""

import contextlib
import csv
import json
import os
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, TextIO

import numpy as np

from mpvn.errors import InputError

ENDINGS = (".jsonl", ".csv")
MOST = 5  # classes per tick


class Labels:
    """Writes a line per tick: source, time, tick, validity, and the five most probable classes.

    The lines go to a hidden file beside the target, which is renamed to the target when it is closed, also by an
    exception: an incomplete file never has the final name. An exception before the first line keeps an old file. A
    context manager.

    Args:
        path: path ending in .jsonl (one JSON object per line) or .csv; "-" for JSON lines on standard output.
        class_names: in the order of their labels.

    Raises:
        InputError: the ending is unknown, or the file cannot be created.
    """

    def __init__(self, path: str, class_names: Sequence[str]) -> None:
        self.path = path
        self._class_names = class_names
        self._count = min(MOST, len(class_names))
        ending = ".jsonl" if path == "-" else Path(path).suffix.lower()
        if ending not in ENDINGS:
            raise InputError(f"--labels={path}: expected a name ending in {' or '.join(ENDINGS)}")
        self._num_lines = 0
        self._unfinished: Path | None = None
        self._file: TextIO = sys.stdout
        if path != "-":
            self._unfinished = Path(path).with_name(f".{Path(path).stem}.{uuid.uuid4().hex[:8]}{ending}")
            try:
                self._file = self._unfinished.open("x", encoding="utf-8", newline="")  # noqa: SIM115 - see close
            except OSError as error:
                raise InputError(f"--labels={path} cannot be written: {error.strerror}") from None
        self._table = csv.writer(self._file) if ending == ".csv" else None
        if self._table is not None:
            ranks = range(1, self._count + 1)
            columns = [column for rank in ranks for column in (f"label{rank}", f"probability{rank}")]
            self._table.writerow(["source", "time", "tick", "valid", *columns])

    def write(self, source: str, time: float, tick: int, probabilities: np.ndarray | None) -> None:
        """Adds a line.

        Args:
            source: name of the video.
            time: time of the frame, in seconds after the video's first one.
            tick: tick, starting at 0.
            probabilities: float [classes]; None while the output is not valid.
        """
        self._num_lines += 1
        top = [] if probabilities is None else self._top(probabilities)
        time, valid = round(time, 6), probabilities is not None
        if self._table is not None:
            self._table.writerow([source, time, tick, int(valid), *(value for pair in top for value in pair)])
        else:
            classes = [{"label": name, "probability": probability} for name, probability in top]
            row: dict[str, Any] = {"source": source, "time": time, "tick": tick, "valid": valid, "top": classes}
            self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._file.flush()  # readers of a live source's labels get them at once

    def _top(self, probabilities: np.ndarray) -> list[tuple[str, float]]:
        order = np.argsort(-probabilities, kind="stable")[: self._count].tolist()
        return [(self._class_names[label], round(float(probabilities[label]), 6)) for label in order]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None or self._num_lines:
            self.close()
        else:
            self._abandon()

    def close(self) -> None:
        """Completes the file and gives it its name; a second call does nothing."""
        unfinished, self._unfinished = self._unfinished, None
        if unfinished is None:
            return
        try:
            self._file.close()
            os.replace(unfinished, self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise InputError(f"--labels={self.path} cannot be written: {error.strerror}") from None

    def _abandon(self) -> None:
        """Closes and removes the unfinished file; an exception is already on its way to the caller."""
        unfinished, self._unfinished = self._unfinished, None
        if unfinished is not None:
            self._file.close()
            unfinished.unlink(missing_ok=True)
