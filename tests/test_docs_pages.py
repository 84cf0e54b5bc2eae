"""The snippets of the pages run as they stand, and print what the pages say."""

import floors
import numpy as np
import pytest
import snippets

from mpvn.data.files.writer import VideoWriter

ELSEWHERE = {"time.md", "tour.md"}  # in test_docs_time.py, and below
PAGES = sorted(page for page in [*(floors.ROOT / "docs").rglob("*.md"), *floors.ROOT.glob("*.md")])
PAGES = {page.name: page for page in PAGES if "```python" in page.read_text(encoding="utf-8")}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a page's snippets in a folder with a video."""
    monkeypatch.chdir(tmp_path)
    with VideoWriter("clip.mp4", 25, (24, 32)) as writer:
        for frame in np.random.default_rng(0).integers(0, 256, (8, 24, 32, 3), np.uint8):
            writer.write(frame)
    return lambda name: snippets.run(PAGES[name], tmp_path)


@pytest.mark.parametrize("name", sorted({*PAGES} - ELSEWHERE - {"streams.md", "inputs.md", "index.md", "README.md"}))
def test_snippets_of_a_page_run(name, run):
    assert run(name)


def test_streams(run, capsys):
    run("streams.md")
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == "7"
    assert [line.split()[0] for line in said if line.endswith("ms")] == [str(i) for i in range(5, 8)]


def test_index(run, tmp_path, capsys):
    names = run("index.md")
    np.testing.assert_allclose(names["output"], names["outputs"][:, -1], atol=1e-5)
    assert (tmp_path / "schedule.png").stat().st_size > 1000 and "conv5" in capsys.readouterr().out


def test_inputs(run, capsys):
    assert run("inputs.md")["outputs"].shape == (1, 2, 1000)
    assert "white=255.0, name='tf'" in capsys.readouterr().out


def test_the_readme(run, tmp_path):
    assert run("README.md")["outputs"].shape == (1, 40, 10) and (tmp_path / "schedule.png").exists()


def test_the_tour(run):
    assert run("tour.md")["stream"].valid.shape == (4,)
