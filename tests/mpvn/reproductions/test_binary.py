"""All results of a scale, what a scale needs, and formats."""

import csv
from pathlib import Path

import pytest
from commands import bad, good, run

from mpvn.reproductions import fig6, table1
from mpvn.reproductions.support import binary, files, settings
from mpvn.reproductions.support.batch import Outcome
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


def test_table1_without_distillation_has_no_row_for_it(tmp_path, monkeypatch):
    def run_all(runs, *_):
        return {run.name: Outcome({"accuracy": 0.5, "loss": 1.0}, [], None, tmp_path, seed=3) for run in runs}

    monkeypatch.setattr(table1, "run_all", run_all)
    params = [f"--gin_param=mpvn.table1.{param}" for param in ("distillation=0.0", 'networks={"par_densenet": (1, 7)}')]
    out = good("mpvn.reproduce", "--result=table1", "--scale=small", *params, f"--output_dir={tmp_path}")
    rows = list(csv.DictReader((tmp_path / "table1.csv").open()))
    assert [(row["network"], row["subnetworks"], row["paper, miniKinetics"]) for row in rows] == [
        ("inception_3d", "1", "71.8"),
        ("par_densenet", "1", "67.6"),
        ("par_densenet", "7", "61.3"),
    ]
    assert not any(row["distilled"] for row in rows) and "distillation recovers" not in out
    assert rows[0]["seeds"] == "3, 3, 3, 3, 3"


@pytest.mark.parametrize(
    ("package", "result", "param", "words"),
    [
        ("mpvn", "fig6", "mpvn.fig6.seeds=()", "whole number of at least 0, that is not empty and has no value twice"),
        (
            "mpvn",
            "fig6",
            "mpvn.fig6.seeds=(1, 1)",
            "whole number of at least 0, that is not empty and has no value twice",
        ),
        (
            "mpvn",
            "fig6",
            "mpvn.fig6.clocked=(0,)",
            "fig6.clocked=(0,): expected a list, each a whole number of at least 1",
        ),
        ("mpvn", "fig6", "mpvn.fig6.clocked=()", "fig6 has no rows"),
        ("mpvn", "table1", "mpvn.table1.networks={}", "expected a dict"),
        ("mpvn", "timelines", "mpvn.timelines.repeats=0", "expected a whole number of at least 1"),
        ("sideways_tf", "table3", "sideways.table3.rates=(-1.0,)", "each a number above 0"),
        ("sideways_tf", "table3", "sideways.streams.seeds=()", "expected a list"),
        ("sideways_tf", "fig5_streams", "sideways.fig5_streams.rates={'sideways': 1.0}", "none for backpropagation"),
        ("sideways_tf", "staleness", 'sideways.staleness.followed=("size",)', "'size' is not known: expected some of"),
        ("sideways_tf", "skip_action", 'skip_sideways.skip_action.exact=("skips",)', "'skips' is not known"),
    ],
)
def test_a_setting_that_cannot_be_is_one_line_and_leaves_nothing(package, result, param, words, tmp_path):
    folder = tmp_path / "out"
    error = bad(
        f"{package}.reproduce", f"--result={result}", "--scale=smoke", f"--gin_param={param}", f"--output_dir={folder}"
    )
    assert words in error and not folder.exists()
