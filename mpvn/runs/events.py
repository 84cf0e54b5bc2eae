"""TensorBoard events of a run: events of repeated steps are removed."""

import functools
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from mpvn.files import replace


def forget_after(folder: Path, step: int) -> None:
    """Drops events of steps after `step`, so that each step of an interrupted run exists once.

    Args:
        folder: folder of event files, which may be damaged at their ends, and must not be open for writing.
        step: the last step to keep.
    """
    for path in sorted(folder.glob("*tfevents*")) if folder.is_dir() else ():
        records = list(_records(path))
        kept = [record for record, its_step in records if its_step <= step]
        if len(kept) < len(records):
            replace(path, functools.partial(_write, kept))


def _records(path: Path) -> Iterator[tuple[bytes, int]]:
    """Every event that can be read, with its step."""
    try:
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            yield record, tf.compat.v1.Event.FromString(record).step
    except (tf.errors.DataLossError, ValueError):  # the last one was incomplete when the run was killed
        return


def _write(records: list[bytes], path: Path) -> None:
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
