"""Means over runs, computed by hand, and what is missing in a line."""

import json

import pytest
from lists import refused

from mpvn.results import mean_of_runs

TOPS = {"a": (0.5, 0.75), "b": (0.25, 1.0), "c": (0.75, 1.0)}


def evaluation(top1: float, top5: float, **further) -> dict:
    measures = {"accuracy": 0.5, "top-1": top1, "top-5": top5, "clips": 8}
    networks = {"as trained": measures, "sequential": {"top-1": top1 / 2, "clips": 8}}
    return {"step": 40, "split": "test", "networks": networks} | further


@pytest.fixture
def runs(tmp_path):
    for name, tops in TOPS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "evaluation_test.json").write_text(json.dumps(evaluation(*tops)))
    return [str(tmp_path / name) for name in TOPS]


def test_the_mean_stands_beside_each_run(runs):
    mean = mean_of_runs.read(runs, "test")
    trained, sequential = mean.networks["as trained"], mean.networks["sequential"]
    assert trained["mean"] == {"accuracy": 0.5, "top-1": 0.5, "top-5": pytest.approx(2.75 / 3)}
    assert trained[runs[1]] == {"accuracy": 0.5, "top-1": 0.25, "top-5": 1.0}
    assert sequential["mean"] == {"top-1": 0.25}
    rows = mean.rows()
    assert [row["run"] for row in rows] == [*runs, "mean"] * 2
    assert rows[-1] == {"network": "sequential", "run": "mean", "accuracy": "", "top-1": 0.25, "top-5": ""}
    written = json.loads(mean.as_json())
    assert written["networks"] == mean.networks and written["steps"] == dict.fromkeys(runs, 40)


def test_what_is_missing_is_named(runs, tmp_path):
    refused(lambda: mean_of_runs.read([*runs, "runs/none"], "test"), "runs/none", "mpvn.evaluate --model_dir=runs/none")
    refused(lambda: mean_of_runs.read(runs, "validation"), "evaluation_validation.json", "--split=validation")
    refused(lambda: mean_of_runs.read(runs[:1], "test"), "two or more")
    (tmp_path / "link").symlink_to(runs[0])
    refused(lambda: mean_of_runs.read([runs[0], str(tmp_path / "link")], "test"), "different")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"step": 4, "networks": {"x": {"top-1": "no"}}}', '{"step": 4}']
)
def test_a_damaged_evaluation_is_one_line(runs, tmp_path, text):
    (tmp_path / "b" / "evaluation_test.json").write_text(text)
    refused(lambda: mean_of_runs.read(runs, "test"), "evaluation_test.json is damaged", "again")


def test_runs_that_were_evaluated_in_different_ways_have_no_mean(runs, tmp_path):
    (tmp_path / "c" / "evaluation_test.json").write_text(json.dumps(evaluation(0.5, 1.0, clips_per_video=3)))
    refused(lambda: mean_of_runs.read(runs, "test"), "3 clips per video", "with 1")
