"""Run folders at addresses, such as `gs://bucket/run`: local copies that are synchronised to the address.

Object stores do not support files that are appended to or renamed, such as metrics, events and HDF5 files, but whole
files. Every scheme that `tf.io.gfile` supports works.
"""

import atexit
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from mpvn.errors import InputError
from mpvn.ranges import ADDRESS

_mirrors: dict[str, "_Mirror"] = {}


def here(model_dir: str) -> str:
    """The local folder of a run folder: the folder itself, or a copy of the current content of an address.

    Raises:
        InputError: the address is not supported, or cannot be read.
    """
    if not ADDRESS.match(model_dir):
        return model_dir
    address = model_dir.rstrip("/")
    mirror = _mirrors.get(address) or _Mirror(address)
    mirror.fetch()
    _mirrors[address] = mirror
    return str(mirror.folder)


def bring(path: str | Path) -> None:
    """Uploads changes in a folder from `here`, or in one below it, to its address; does nothing for other folders.

    Raises:
        InputError: the address cannot be written to.
    """
    for mirror in _mirrors.values():
        if Path(path).is_relative_to(mirror.folder):
            mirror.bring()


@contextlib.contextmanager
def brought(path: str) -> Iterator[None]:
    """`bring` at the end of the block, however it ends."""
    try:
        yield
    finally:
        bring(path)


@atexit.register
def forget() -> None:
    """Removes all copies, at the end of the process."""
    for mirror in _mirrors.values():
        shutil.rmtree(mirror.folder, ignore_errors=True)
    _mirrors.clear()


class _Mirror:
    """An address and its local copy.

    Attributes:
        folder: folder of the copy.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.folder = Path(tempfile.mkdtemp(prefix="mpvn_run_"))
        self._brought: dict[str, tuple[int, int]] = {}  # size and time of files that are equal there

    def fetch(self) -> None:
        """Updates the copy from the address."""
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir()
            for name in _files_at(self.address):
                target = self.folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                tf.io.gfile.copy(f"{self.address}/{name}", str(target), overwrite=True)
        except tf.errors.OpError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise self._cannot("be read", error) from None
        self._brought = self._here()

    def bring(self) -> None:
        """Updates the address from the copy."""
        now = self._here()
        changed = [name for name, state in now.items() if self._brought.get(name) != state]
        try:
            for name in sorted(changed, key=_index_last):
                folder, _, file = f"{self.address}/{name}".rpartition("/")
                tf.io.gfile.makedirs(folder)
                # Complete or not at all.
                tf.io.gfile.copy(str(self.folder / name), f"{folder}/new.{file}", overwrite=True)
                tf.io.gfile.rename(f"{folder}/new.{file}", f"{folder}/{file}", overwrite=True)
            for name in self._brought.keys() - now.keys():
                tf.io.gfile.remove(f"{self.address}/{name}")
        except tf.errors.OpError as error:
            raise self._cannot("be written to", error) from None
        self._brought = now

    def _here(self) -> dict[str, tuple[int, int]]:
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return {
            path.relative_to(self.folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns) for path in files
        }

    def _cannot(self, what: str, error: tf.errors.OpError) -> InputError:
        words = (error.message or type(error).__name__).splitlines()[0]
        return InputError(f"run folder {self.address!r} cannot {what} ({words}): give another --model_dir")


def _index_last(name: str) -> bool:
    """A checkpoint exists when its index does, so the index comes last."""
    return name.endswith((".index", "/checkpoint"))


def _files_at(address: str) -> Iterator[str]:
    """Names of all files below an address; empty if there are none."""
    try:
        tf.io.gfile.stat(address)
    except tf.errors.NotFoundError:
        return
    for folder, _, files in tf.io.gfile.walk(address):
        below = folder.removeprefix(address).strip("/")
        yield from (f"{below}/{name}" if below else name for name in files)
