"""A run's record of the part of each video, if parts were drawn.

Videos added to a folder later would change a draw, and move training videos into the test part.
"""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple

from mpvn.data.files.tree import plain


class Draw(NamedTuple):
    """How a part was drawn: the share of the training videos, and the seed."""

    share: float
    seed: int


@dataclass(frozen=True)
class Remembered:
    """The parts of a run.

    Attributes:
        part_of: {name of a video, see `name_of`: its part}.
        draws: {part that was drawn: how}.
    """

    part_of: Mapping[str, str]
    draws: Mapping[str, Draw]


_of_run: ContextVar[Remembered | None] = ContextVar("remembered", default=None)


@contextlib.contextmanager
def remembering(of_run: Remembered | None) -> Iterator[None]:
    """Within the block, draws are those of a run; None for a new run."""
    token = _of_run.set(of_run)
    try:
        yield
    finally:
        _of_run.reset(token)


def remembered_of(part: str, draw: Draw) -> Mapping[str, str] | None:
    """{name of a video: its part} of the run that is read back, if it drew this part in the same way."""
    of_run = _of_run.get()
    return of_run.part_of if of_run is not None and of_run.draws.get(part) == draw else None


def name_of(path: str, root: str) -> str:
    """A name of a video that does not change if a data set is moved: its path relative to `root`, if it is below."""
    prefix = root.rstrip("/") + "/" if root else ""
    return plain(path.removeprefix(prefix))
