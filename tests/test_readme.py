"""The snippets of the README and of the tour run, in their order."""

import re
from pathlib import Path

from eager import eagerly

ROOT = Path(__file__).parents[1]
README, TOUR = (ROOT / "README.md").read_text(), (ROOT / "docs" / "tour.md").read_text()
MOST_LINES = 150


def run(page):
    """What the names of a page's snippets stand for when all have run, in their order and from nothing."""
    names = {}
    for snippet in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        if "threading" in snippet:  # threads are set before TensorFlow starts
            continue
        with eagerly(".fit(" in snippet):  # one step takes less time than its graph
            exec(snippet, names)  # noqa: S102
    return names


def test_snippets_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run(README)
    assert names["outputs"].shape == (1, 40, 10) and (tmp_path / "schedule.png").exists()


def test_snippets_of_the_tour_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(TOUR)["stream"].valid.shape == (4,)


def test_it_is_short():
    assert len(README.splitlines()) <= MOST_LINES


def test_pictures_and_folders_it_names_exist():
    for path in re.findall(r"\]\(([\w/.-]+)\)", README):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"--gin_file=([\w/.-]+)", README + TOUR):
        assert (ROOT / path).exists(), path
