"""Lists and tables as other programs save them."""

import pytest
from lists import refused

from mpvn.data.files.texts import numbered_lines, read_text, table_rows

TEXT = "Caf\u00e9/a b.mp4 1\n\nBow/\u00fc\u0085\u2028.mp4 2"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
def test_encodings(tmp_path, encoding):
    text = TEXT if encoding.startswith("utf") else TEXT.replace("\u0085\u2028", "")
    (tmp_path / "list").write_bytes(text.encode(encoding))
    assert read_text(tmp_path / "list", "lines") == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path, end):
    (tmp_path / "list").write_bytes(TEXT.replace("\n", end).encode())
    lines = [(1, "Caf\u00e9/a b.mp4 1"), (3, "Bow/\u00fc\u0085\u2028.mp4 2")]
    assert numbered_lines(tmp_path / "list", "x") == lines


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \r\n\t\n", b",,\n;\n"])
def test_empty_tables(tmp_path, data):
    (tmp_path / "table").write_bytes(data)
    refused(lambda: list(table_rows(tmp_path / "table", ("label",))), tmp_path / "table", "is empty", "label")


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \r\n\t\n"])
def test_empty_lists(tmp_path, data):
    (tmp_path / "list").write_bytes(data)
    refused(lambda: numbered_lines(tmp_path / "list", "'1 Bow'"), tmp_path / "list", "is empty", "'1 Bow'")
    refused(lambda: list(table_rows(tmp_path / "list", ("a", "b"))), tmp_path / "list", "is empty", "a,b")


def test_what_is_no_text(tmp_path):
    (tmp_path / "list").write_bytes(b"\0\0\0\x20ftypisom" + bytes(range(256)))
    refused(lambda: read_text(tmp_path / "list", "lines"), tmp_path / "list", "is not a text file")
    refused(lambda: read_text(tmp_path, "lines"), tmp_path, "cannot be read")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables(tmp_path, separator):
    rows = (" A", "b ", "more"), ("1", '"x, ""y"";\tz"'), ("", ""), ("2", " 3 ", "4", "5")
    (tmp_path / "table").write_text("\n" + "\r\n".join(separator.join(row) for row in rows))
    found = list(table_rows(tmp_path / "table", ("a", "b")))
    assert [cells for _, cells in found] == [{"a": "1", "b": 'x, "y";\tz'}, {"a": "2", "b": "3", "more": "4"}]


def test_tables_that_lack_something(tmp_path):
    (tmp_path / "table").write_text("a,b\n1,\n")
    refused(lambda: list(table_rows(tmp_path / "table", ("a", "b"))), "table, line 2", "b is empty")
    refused(lambda: list(table_rows(tmp_path / "table", ("a", "c"))), "no column c")
    (tmp_path / "table").write_text("a,b\n1," + 200_000 * "x")
    refused(lambda: list(table_rows(tmp_path / "table", ("a", "b"))), "cannot be parsed")
