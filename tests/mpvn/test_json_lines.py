"""Files of JSON lines, broken off anywhere."""

import pytest

from mpvn import json_lines


def test_what_is_appended_is_read(tmp_path):
    path = tmp_path / "rows.jsonl"
    assert json_lines.read(path) == []
    for i in range(3):
        json_lines.append(path, {"i": i})
    assert json_lines.read(path) == [{"i": 0}, {"i": 1}, {"i": 2}]


@pytest.mark.parametrize("kept", range(1, 9))
def test_a_line_that_was_broken_off_costs_itself_alone(tmp_path, kept):
    path = tmp_path / "rows.jsonl"
    json_lines.append(path, {"i": 0})
    path.write_bytes(path.read_bytes() + b'{"i": 1}'[:kept])
    json_lines.append(path, {"i": 2})
    whole = [{"i": 1}] if kept == 8 else []
    assert json_lines.read(path) == [{"i": 0}, *whole, {"i": 2}]
