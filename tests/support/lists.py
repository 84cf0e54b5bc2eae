"""Small data sets in the layouts of published ones: names of files, and lists of them."""

import os
from pathlib import Path

import pytest

from mpvn.data.files.examples import Example
from mpvn.errors import InputError


def files(root: Path, *names: str) -> Path:
    """Empty files: the listing functions look at names only."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def text(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def relative(examples: list[Example], root: Path) -> list[tuple[str, int]]:
    return [(os.path.relpath(example.path, root), example.label) for example in examples]


def refused(use, *parts: object) -> None:
    """One line that names all of the parts."""
    with pytest.raises(InputError) as error:
        use()
    assert "\n" not in str(error.value)
    for part in parts:
        assert str(part) in str(error.value)
