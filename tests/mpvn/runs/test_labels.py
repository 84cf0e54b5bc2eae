"""Labels of ticks as JSON lines and CSV."""

import csv
import json

import numpy as np
import pytest

from mpvn.runs.labels import Labels

NAMES = ["a", "b, c", "d", "e", "f", "g"]
ODDS = np.array([0.1, 0.4, 0.05, 0.3, 0.1, 0.05])
BEST = [("b, c", 0.4), ("e", 0.3), ("a", 0.1), ("f", 0.1), ("d", 0.05)]


def write(path, names=NAMES, odds=ODDS):
    with Labels(str(path), names) as labels:
        labels.write("x.mp4", 0.0, 0, None)
        labels.write("x.mp4", 0.04, 1, odds)
        assert not path.exists(), "half a file has the final name"


def test_json_lines(tmp_path):
    write(tmp_path / "a.jsonl")
    first, second = map(json.loads, (tmp_path / "a.jsonl").read_text().splitlines())
    assert first == {"source": "x.mp4", "time": 0.0, "tick": 0, "valid": False, "top": []}
    assert (second["time"], second["tick"], second["valid"]) == (0.04, 1, True)
    assert [(row["label"], row["probability"]) for row in second["top"]] == BEST
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_table(tmp_path):
    write(tmp_path / "a.CSV", NAMES[:2], ODDS[:2])
    rows = list(csv.reader((tmp_path / "a.CSV").open(newline="")))
    assert rows[0] == ["source", "time", "tick", "valid", "label1", "probability1", "label2", "probability2"]
    assert rows[1:] == [["x.mp4", "0.0", "0", "0"], ["x.mp4", "0.04", "1", "1", "b, c", "0.4", "a", "0.1"]]


def test_what_was_written_is_kept(tmp_path):
    with pytest.raises(KeyError), Labels(str(tmp_path / "a.jsonl"), NAMES) as labels:
        labels.write("x.mp4", 0.0, 0, None)
        raise KeyError
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 1


def test_an_old_file_outlives_a_source_that_gives_nothing(tmp_path):
    write(tmp_path / "a.jsonl")
    before = (tmp_path / "a.jsonl").read_text()
    with pytest.raises(KeyError), Labels(str(tmp_path / "a.jsonl"), NAMES):
        raise KeyError
    assert (tmp_path / "a.jsonl").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_what_cannot_be_written_is_refused(tmp_path, one_line_error):
    one_line_error(lambda: Labels(str(tmp_path / "a.txt"), NAMES), "a.txt", ".jsonl or .csv")
    one_line_error(lambda: Labels(str(tmp_path / "no/a.csv"), NAMES), "no/a.csv", "No such file")
