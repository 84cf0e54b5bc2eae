"""Writes the parts of a data set as shards; existing shards are not written again."""

import json
import os
import threading
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import tensorflow as tf
from rich.progress import Progress

from mpvn.data.files.left_out import MAX_SKIPPED, LeftOut
from mpvn.data.files.parts import Parts
from mpvn.data.files.reader import VideoError
from mpvn.data.files.remembered import name_of
from mpvn.data.prepared.encoding import record
from mpvn.data.prepared.metadata import write_metadata
from mpvn.data.prepared.plan import CLAIM, Pictures, Shard, claim, shards
from mpvn.errors import InputError
from mpvn.files import replace

VERSION = "1.0.0"


@dataclass
class Written:
    """The content of a shard.

    Attributes:
        videos, frames, seconds, bytes: amounts.
        skipped: (path, reason) of videos that cannot be read.
    """

    videos: int = 0
    frames: int = 0
    seconds: float = 0.0
    bytes: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def __add__(self, other: "Written") -> "Written":
        return Written(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(Written)))


@dataclass(frozen=True)
class Prepared:
    """The result of a preparation.

    Attributes:
        folder: of the data set.
        total: over all shards.
        missing: number of listed videos that do not exist.
    """

    folder: Path
    total: Written
    missing: int

    def __str__(self) -> str:
        total = self.total
        text = (
            f"{self.folder}: {total.videos} videos, {total.frames} frames, {total.seconds / 3600:.2f} hours, "
            f"{total.bytes / 2**20:.1f} MB; {len(total.skipped)} videos skipped"
        )
        text += f", see {self.folder / 'skipped.csv'}" if total.skipped else ""
        return text + (f"; {self.missing} listed videos do not exist" if self.missing else "")


def prepare(
    parts: Parts,
    data_dir: str | Path,
    name: str,
    pictures: Pictures,
    max_skipped: float = MAX_SKIPPED,
    workers: int | None = None,
    seed: int = 0,
) -> Prepared:
    """Decodes videos once, and writes a data set that `tfds.load(name, data_dir=data_dir)` reads.

    Shards are written under a temporary name and renamed when they are complete. An interrupted preparation continues
    where it stopped, and gives the same files as an uninterrupted one.

    Args:
        parts: of the data set.
        data_dir: folder of TFDS data.
        name: of the data set.
        pictures: how frames are kept.
        max_skipped: see `LeftOut`.
        workers: threads; by default as many as there are cores.
        seed: of the order of training videos.

    Raises:
        InputError: the folder holds another preparation, or too many videos are unreadable; `skipped.csv` names them.
    """
    folder = Path(data_dir) / name / VERSION
    planned = shards(parts.examples, seed)
    _claim(folder, claim(planned, parts.class_names, pictures))
    left_out = LeftOut(sum(len(shard.examples) for shard in planned), max_skipped)
    written: list[Written] = []
    broken_off = threading.Event()
    with Progress(transient=True) as progress, ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        task = progress.add_task("preparing", total=sum(len(shard.examples) for shard in planned))
        waiting = [pool.submit(_written, shard, folder, name, parts.root, pictures, broken_off) for shard in planned]
        try:
            for shard, shard_written in zip(planned, waiting, strict=True):
                written.append(shard_written.result())
                progress.advance(task, len(shard.examples))
                for path, reason in written[-1].skipped:
                    left_out.add(shard.part, path, reason)
        finally:
            broken_off.set()  # an interrupt waits for one video of each worker, not for a shard
            pool.shutdown(wait=True, cancel_futures=True)
            left_out.write_to(folder)
    total = sum(written, Written())
    write_metadata(folder, name, parts.class_names, planned, [(made.videos, made.bytes) for made in written])
    return Prepared(folder, total, sum(len(names) for names in parts.missing.values()))


def _claim(folder: Path, wanted: dict) -> None:
    path = folder / CLAIM
    if not path.exists():
        if folder.is_dir() and any(folder.iterdir()):
            raise InputError(f"{str(folder)!r} holds other files: give another --name or --data_dir")
        folder.mkdir(parents=True, exist_ok=True)
        replace(path, lambda new: new.write_text(json.dumps(wanted, indent=2)))
    elif json.loads(path.read_text()) != json.loads(json.dumps(wanted)):
        raise InputError(
            f"{str(folder)!r} has other videos or settings: give another --name or --data_dir, or remove it"
        )


def _written(
    shard: Shard, folder: Path, name: str, root: str, pictures: Pictures, broken_off: threading.Event
) -> Written:
    """Writes a shard unless it exists, and returns its content; raises CancelledError once interrupted."""
    path = folder / shard.file_name(name)
    about = folder / "progress" / f"{shard.part}-{shard.index:05d}.json"
    if path.exists() and about.exists():
        known = json.loads(about.read_text())
        return Written(**known | {"skipped": [tuple(pair) for pair in known["skipped"]]})
    result = Written()

    def write(new: Path) -> None:
        with tf.io.TFRecordWriter(str(new)) as file:
            for example in shard.examples:
                if broken_off.is_set():
                    raise CancelledError
                try:
                    content, frames, seconds = record(example, name_of(example.path, root), pictures)
                except VideoError as error:
                    result.skipped.append((example.path, str(error)))
                    continue
                file.write(content)
                result.videos += 1
                result.frames += frames
                result.seconds += seconds
        result.bytes = new.stat().st_size
        about.parent.mkdir(exist_ok=True)
        replace(about, lambda new_about: new_about.write_text(json.dumps(asdict(result))))

    replace(path, write)
    return result
