"""The tutorials run, in small, and what they say is so."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("IPython")
TUTORIALS = Path(__file__).parents[1] / "docs" / "tutorials"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a tutorial as a script, and gives its names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPVN_SMALL", "1")

    def run(name):
        names = {"__name__": "tutorial"}
        path = TUTORIALS / f"{name}.py"
        exec(compile(path.read_text(), path, "exec"), names)  # noqa: S102
        return names

    return run


def test_from_an_image_model_to_a_stream(run):
    names = run("image_to_stream")
    np.testing.assert_allclose(names["outputs"], names["expected"], atol=1e-5)
    assert names["late"] == 3 and names["stream"].valid.all() and (names["folder"] / "schedule.png").exists()


def test_sideways_in_thirty_lines(run, capsys):
    names = run("sideways")
    for mine, found in zip(names["by_hand"], names["gradients"], strict=True):
        np.testing.assert_allclose(mine, found, atol=1e-6)
    cosines = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines() if line.startswith("speed")]
    assert cosines[0] == pytest.approx(1, abs=1e-3) and cosines[0] > cosines[2]


def test_skip_sideways_sees_motion(run):
    names = run("skip_sideways")
    assert set(names["accuracies"]) == {"chain", "with skip connections"}  # in small, nothing is learned
    ages = {name: len(names[name].schedule.frames_mixed("high", 20)) for name in ("plain", "skipping")}
    assert ages == {"plain": 1, "skipping": 2}


def test_deploy_and_measure(run):
    names = run("deploy")
    assert all(entry.error < 1e-4 for entry in names["manifest"].formats.values())
    assert names["output"].shape == (1, 10)


def test_the_site_shows_all_of_them():
    said = (TUTORIALS.parents[1] / "mkdocs.yml").read_text()
    assert all(f"tutorials/{path.name}" in said for path in TUTORIALS.glob("*.py"))
