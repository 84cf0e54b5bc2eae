"""All results of a scale, what a scale needs, and formats."""

from pathlib import Path

from commands import good, run

from mpvn.reproductions import fig6, table1
from mpvn.reproductions.support import binary, files, settings
from mpvn.reproductions.support.result import Request


def test_all_that_a_scale_has_with_a_page(tmp_path, monkeypatch):
    made = []

    def make(package, name, request):
        made.append((name, request.scale, request.folder))
        request.folder.mkdir(parents=True)
        (request.folder / f"{name}.md").write_text(f"## {name}\n")
        (request.folder / f"{name}.png").write_bytes(b"")

    monkeypatch.setattr(binary, "make", make)
    out = good("mpvn.reproduce", "--result=all", "--scale=paper", f"--output_dir={tmp_path}")
    assert made == [(name, "paper", tmp_path / name) for name in ("fig1_to_4", "table2", "timelines")]
    assert "fig6 has no scale 'paper'" in out and "table1 is left out: it needs video_files.root" in out
    page = (tmp_path / "README.md").read_text()
    assert page.startswith("## fig1_to_4\n\n![fig1_to_4](fig1_to_4/fig1_to_4.png)\n")
    assert page.endswith("## timelines\n\n![timelines](timelines/timelines.png)\n")


def test_help_says_what_the_largest_scale_needs():
    _, out, _ = run("sideways_tf.reproduce", "--help")
    said = " ".join(out.split())
    assert "fig4 needs hmdb51/video_files.root, hmdb51/video_files.split_dir" in said and "numbers mean nothing" in said


def test_the_largest_table1_has_the_paper_s_rows():
    setting = settings.read(table1.Settings, "mpvn/table1", Request("paper", Path()))
    assert set(setting.rows) == set(table1.PAPER)
    assert all((files.CONFIGS / file).is_file() for file in setting.rows.values())


def test_needs_are_those_of_the_files():
    assert files.needs("sideways/fig5", "paper") == {
        "ucf101/video_files.root": '"/data/UCF-101"',
        "ucf101/video_files.split_dir": '"/data/ucfTrainTestlist"',
    }
    assert files.needs("sideways/fig5", "small") == files.needs("sideways/fig5", "none") == {}


def test_settings_are_those_of_the_result_or_of_its_runs(tmp_path, monkeypatch):
    found = []

    def compare(variants, gin_files, seeds, request, *rest):
        found.append((seeds, request.params))

    monkeypatch.setattr(fig6, "compare", compare)
    params = [f"--gin_param={param}" for param in ("mpvn.fig6.seeds=(3, 4)", "train.steps=1", "fig6.recalibrate = 2")]
    good("mpvn.reproduce", "--result=fig6", "--scale=smoke", *params, f"--output_dir={tmp_path}")
    assert found == [((3, 4), ("train.steps=1",))]
