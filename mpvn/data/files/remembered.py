"""What a run remembers of its videos: which part each one is in, where the parts were drawn.

Videos that are added to a folder later would change a draw, and move what was trained on into what is tested on.
"""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple

from mpvn.data.files.tree import plain


class Draw(NamedTuple):
    """How a part was drawn: which share of the training videos, and by which seed."""

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
    """Within the block draws are those of a run; None for a run that begins."""
    token = _of_run.set(of_run)
    try:
        yield
    finally:
        _of_run.reset(token)


def remembered_of(part: str, draw: Draw) -> Mapping[str, str] | None:
    """{name of a video: its part} of the run that is read back, if it drew this part in this way."""
    of_run = _of_run.get()
    return of_run.part_of if of_run is not None and of_run.draws.get(part) == draw else None


def name_of(path: str, root: str) -> str:
    """The name of a video that stays when a data set is moved: its path from `root` on, if it lies below."""
    prefix = root.rstrip("/") + "/" if root else ""
    return plain(path.removeprefix(prefix))
