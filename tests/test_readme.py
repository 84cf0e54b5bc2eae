"""The README is short, and what it names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README, TOUR = (ROOT / "README.md").read_text(), (ROOT / "docs" / "tour.md").read_text()
MOST_LINES = 150


def test_it_is_short():
    assert len(README.splitlines()) <= MOST_LINES


def test_pictures_and_folders_it_names_exist():
    for path in re.findall(r"\]\(([\w/.-]+)\)", README):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"--gin_file=([\w/.-]+)", README + TOUR):
        assert (ROOT / path).exists(), path
