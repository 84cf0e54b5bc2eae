"""Cells as they are written: one format per column, for the screen, CSV and Markdown alike."""

import csv

import pytest

from mpvn.results import tables
from mpvn.results.intervals import Interval

ROWS = tables.Rows(
    [
        {"network": "vgg8", "MSE": Interval(0.00484, 0.0008), "rate": 3e-4, "threads": (1, 2), "runs": (3, 4), "n": 7},
        {"network": "plain", "MSE": "-", "rate": 0.01, "threads": (2, 2), "runs": (4, 4), "n": 12.5},
    ],
    {"MSE": ".4f", "rate": "g", "runs": "{} of {}"},
)


def test_what_is_written(tmp_path, capsys):
    tables.report(tmp_path, "table", "A table", ROWS, ["a note"])
    with open(tmp_path / "table.csv", newline="") as file:
        first, second = csv.DictReader(file)
    assert list(first.values()) == ["vgg8", "0.0048 ± 0.0008", "0.0003", "1, 2", "3 of 4", "7"]
    assert list(second.values()) == ["plain", "-", "0.01", "2, 2", "4 of 4", "12.5"]
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert lines[0] == "## A table" and lines[4] == "| vgg8 | 0.0048 ± 0.0008 | 0.0003 | 1, 2 | 3 of 4 | 7 |"
    assert lines[-1] == "- a note"
    shown = capsys.readouterr().out
    assert "0.0048 ± 0.0008" in shown and "3 of 4" in shown and "a note" in shown


@pytest.mark.parametrize(
    ("cell", "form", "text"),
    [
        (1 / 3, ".2f", "0.33"),
        ((1.0, 2.5), ".1f", "1.0, 2.5"),
        ((1, 2.25, 3), "{} / {:.1f} / {}", "1 / 2.2 / 3"),
        (0.5, "{:.2f}%", "0.50%"),
        (-3.4, "{:+.0f}%", "-3%"),
        ("diverged at step 3", ".1f", "diverged at step 3"),
        (True, "", "True"),
        (0.1 + 0.2, "", "0.30000000000000004"),
    ],
)
def test_cells(cell, form, text):
    assert tables.cell_text(cell, form) == text


def test_rows_without_formats_are_written_as_they_are():
    assert tables.texts([{"a": 1, "b": "x"}]) == [{"a": "1", "b": "x"}]


def test_latex(tmp_path):
    rows = tables.Rows([{"way": "a & b_c", "gain, %": Interval(1.5, 6.35), "note": "5% #1"}], {"gain, %": ".1f"})
    tables.write(tmp_path, "t", "Title", rows, tex=True)
    text = (tmp_path / "t.tex").read_text()
    assert r"\begin{tabular}{lrl}" in text and r"\caption{Title}" in text and r"way & gain, \% & note \\" in text
    assert r"a \& b\_c & 1.5 $\pm$ 6.3 & 5\% \#1 \\" in text and r"\midrule" in text
