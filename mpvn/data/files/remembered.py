"""What a run remembers of its videos: which part each one is in, where the parts were drawn.

Videos that are added to a folder later would change a draw, and move what was trained on into what is tested on.
"""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar

_parts: ContextVar[Mapping[str, str] | None] = ContextVar("parts", default=None)


@contextlib.contextmanager
def remembering(parts: Mapping[str, str]) -> Iterator[None]:
    """Within the block draws are those of a run.

    Args:
        parts: {name of a video, see `name_of`: its part}; none for a run that begins.
    """
    token = _parts.set(parts or None)
    try:
        yield
    finally:
        _parts.reset(token)


def remembered() -> Mapping[str, str] | None:
    """{name of a video: its part} of the run that is read back; None outside of one."""
    return _parts.get()


def name_of(path: str, root: str) -> str:
    """The name of a video that stays when a data set is moved: its path from `root` on, if it lies below."""
    prefix = root.rstrip("/") + "/" if root else ""
    return path.removeprefix(prefix)
