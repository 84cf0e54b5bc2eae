"""What is read is not written over, by whatever path."""

import os

import pytest

from mpvn.runs.outputs import check_outputs


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.mp4").write_bytes(b"video")
    (tmp_path / "run").mkdir()
    (tmp_path / "run/metrics.jsonl").write_text("")
    os.link("in.mp4", "hard.mp4")
    os.symlink("in.mp4", "soft.mp4")
    os.symlink("run", "also")
    return tmp_path


@pytest.mark.parametrize("output", ["in.mp4", "./run/../in.mp4", "hard.mp4", "soft.mp4", "also/../in.mp4"])
def test_an_output_that_is_an_input_is_refused(there, one_line_error, output):
    for name in ("in.mp4", there / "in.mp4"):
        one_line_error(lambda name=name: check_outputs([output], [name]), output, "would overwrite")


def test_outputs_are_not_each_other(there, one_line_error):
    one_line_error(lambda: check_outputs(["a.jsonl", "also/../a.jsonl"], []), "written twice")


@pytest.mark.parametrize("output", ["run/metrics.jsonl", "also/metrics.jsonl"])
def test_files_of_a_run_stay(there, one_line_error, output):
    one_line_error(lambda: check_outputs([output], [], ["run"]), output, "already exists")


def test_other_outputs_are_fine(there):
    check_outputs(["out.mp4", "run/labels.jsonl", "new/in.mp4"], ["in.mp4", "camera:0", "http://a/out.mp4"], ["run"])
