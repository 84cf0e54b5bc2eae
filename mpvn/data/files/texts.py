"""Reads lists and tables in any encoding, with any line ends and any separators."""

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from mpvn.data.files.reader import VideoError

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SEPARATORS = ",;\t"


def read_text(path: str | Path, expected: str) -> str:
    """The content of a text file; without a byte order mark, it is read as UTF-8, otherwise as Windows-1252.

    Args:
        path: of the file.
        expected: for the message, what it should hold.

    Raises:
        VideoError: the file cannot be read, or holds no text.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise VideoError(f"{path} cannot be read: {error.strerror}; expected {expected}") from None
    mark = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    for encoding in (mark,) if mark else _unmarked(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise VideoError(f"{path} is not a text file: expected {expected}; save it as UTF-8")


def _unmarked(data: bytes) -> tuple[str, ...]:
    """Encodings of a text without a mark, the likeliest first."""
    if b"\0" not in data:
        return "utf-8", "cp1252", "latin-1"
    # Of text in Latin letters, every second byte of UTF-16 is 0.
    return ("utf-16-le",) if data[1::2].count(0) >= data[::2].count(0) else ("utf-16-be",)


def numbered_lines(path: str | Path, example: str) -> list[tuple[int, str]]:
    """(number, line) of every line of a list that is not blank, without the space around it.

    Args:
        path: of the list.
        example: a line as it should be, for messages.

    Raises:
        VideoError: the list cannot be read, or is empty.
    """
    expected = f"lines like {example}"
    lines = re.split(r"\r\n|\r|\n", read_text(path, expected))  # str.splitlines splits at letters of file names, too
    found = [(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    if not found:
        raise VideoError(f"{path} is empty: expected {expected}")
    return found


def table_rows(path: str | Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, {column: cell}) of a table whose first line names its columns; cells are stripped.

    Args:
        path: of the table; commas, semicolons or tabs lie between its cells.
        columns: those that are needed.

    Raises:
        VideoError: the table cannot be read or understood, or lacks a column.
    """
    expected = f"a table {','.join(columns)}"
    lines = re.split(r"\r\n|\r|\n", read_text(path, expected))
    head = next((line for line in lines if line.strip(_SEPARATORS + " ")), None)
    if head is None:
        raise VideoError(f"{path} is empty: expected {expected}")
    separator = max(_SEPARATORS, key=head.count)
    try:
        rows = [(number, row) for number, row in enumerate(csv.reader(lines, delimiter=separator), 1) if any(row)]
    except csv.Error as error:
        raise VideoError(f"{path} cannot be parsed: {error}; expected {expected}") from None
    names = [name.strip().lower() for name in rows[0][1]]
    lacking = [column for column in columns if column not in names]
    if lacking:
        raise VideoError(f"{path} has no column {', '.join(lacking)}: expected {','.join(columns)}")
    for number, row in rows[1:]:
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=False)}
        empty = [column for column in columns if not cells.get(column)]
        if empty:
            raise VideoError(f"{path}, line {number}: {', '.join(empty)} is empty; expected {','.join(columns)}")
        yield number, cells
