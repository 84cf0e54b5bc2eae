"""Schedules as CSV files and tables."""

import pytest
from cases import cases, chain, par_densenet, schedule
from hypothesis import given
from hypothesis import strategies as st

from mpvn.schedule.schedule import Schedule


@given(cases(feedback=True), st.integers(0, 9))
def test_rows_round_trip(case, prediction_latency):
    found = schedule(case, prediction_latency)
    rows = found.to_rows()
    assert all(isinstance(text, str) for row in rows for text in row.values())
    back = Schedule.from_rows(rows)
    assert back == found
    assert back.to_rows() == rows


def test_csv_round_trip(tmp_path):
    found = schedule(par_densenet(), prediction_latency=3)
    path = tmp_path / "schedule.csv"
    found.to_csv(path)
    assert Schedule.from_csv(path) == found
    assert Schedule.from_csv(str(path)) == found
    assert Schedule.from_csv(path) != schedule(par_densenet())


def test_csv_reads_well(tmp_path):
    case = chain(3)
    case.units["u2"] = (["u1", ("u0", 2)], ["u2"])
    case = type(case)(case.units, case.subnetwork, {"u0": 1, "u1": 2, "u2": 2}, {"u0": 0, "u1": 1, "u2": 0})
    schedule(case, 4).to_csv(tmp_path / "schedule.csv")
    assert (tmp_path / "schedule.csv").read_text() == (
        "unit,subnetwork,period,phase,every_tick,prediction_latency,reads\n"
        "u0,0,1,0,0,,frame:0\n"
        "u1,1,2,1,0,,u0:1\n"
        "u2,2,2,0,0,4,u1:1 u0:1:tap2 u2:1:feedback\n"
    )


def test_table():
    *lines, warning = schedule(par_densenet(), prediction_latency=2).table().splitlines()
    assert warning.startswith("70% of the scheduled executions are dead")
    assert lines[0].startswith("14 subnetworks, hyper-period 16 ticks, first valid output at tick 13")
    assert "prediction latency 2" in lines[0]
    assert "load per tick 6.875 / 9 units (mean / most expensive)" in lines[0]
    costs = dict.fromkeys(par_densenet().names, 0.5) | {"stem": 4}
    assert "load per tick 6.938 / 8 (mean / most expensive)" in schedule(par_densenet()).table(costs)
    assert len(lines) == 2 + len(par_densenet().names)
    head = next(line.split() for line in lines if line.startswith("head"))
    assert head[1:7] == ["13", "16", "13", "13", "1", "1"]
    assert head[7:10] == ["0,", "16", "transition3:1"]
    assert len({line.index(word) for line, word in ((lines[1], "reads"), (lines[-1], "transition3:1"))}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unit,subnetwork\na,0\n",
        "a picture\n",
        "unit,subnetwork,period,phase,every_tick,prediction_latency,reads\n",
        "unit,subnetwork,period,phase,every_tick,prediction_latency,reads\na,zero,1,0,0,0,frame:0\n",
        "unit,subnetwork,period,phase,every_tick,prediction_latency,reads\na,0,1,0,0,,frame:0\n",
        "unit,subnetwork,period,phase,every_tick,prediction_latency,reads\na,0,1,0,0,0,frame\n",
        "unit,subnetwork,period,phase,every_tick,prediction_latency,reads\na,0,1,0,0,0,ghost:0\n",
        "unit,subnetwork,period,phase,every_tick,prediction_latency,reads\na,0\n",
    ],
)
def test_files_without_a_schedule_are_refused(one_line_error, tmp_path, text):
    path = tmp_path / "schedule.csv"
    path.write_text(text)
    one_line_error(lambda: Schedule.from_csv(path), "schedule.csv")


def test_pictures_and_missing_files_are_refused(one_line_error, tmp_path):
    (tmp_path / "binary.csv").write_bytes(bytes(range(128, 256)))
    one_line_error(lambda: Schedule.from_csv(tmp_path / "binary.csv"), "binary.csv")
    one_line_error(lambda: Schedule.from_csv(tmp_path / "ghost.csv"), "ghost.csv")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("a,0,1,2,0,0,frame:0", ["'a'", "2"]),
        ("a,1,1,0,0,0,frame:0", ["'a'"]),
        ("a,0,2,0,0,,frame:0\nb,0,3,0,0,0,a:0", ["'b'", "'a'"]),
    ],
)
def test_files_with_a_wrong_schedule_are_refused(one_line_error, tmp_path, rows, words):
    path = tmp_path / "schedule.csv"
    path.write_text("unit,subnetwork,period,phase,every_tick,prediction_latency,reads\n" + rows + "\n")
    one_line_error(lambda: Schedule.from_csv(path), *words)
