"""Tables of results: printed, as CSV and as Markdown, with the machine they were measured on.

Cells are numbers, intervals, strings, or tuples of them; each column has one format.
"""

import csv
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def machine() -> str:
    """A description of the machine."""
    import tensorflow as tf

    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            name = next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    gpus = len(tf.config.list_physical_devices("GPU"))
    return (
        f"{os.cpu_count()} cores ({name}), {gpus} GPUs, TensorFlow {tf.__version__}, Python {platform.python_version()}"
    )


class Rows(list):
    """Rows of a table, dicts of equal keys, and how their cells are written.

    Args:
        rows: {column: cell}.
        formats: {column: format}: a format specification such as `".2f"`, or a text with places for the parts of a
            tuple such as `"{} of {}"`. Strings are written as they are, and so are cells of columns without a format.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], formats: Mapping[str, str] | None = None) -> None:
        super().__init__(rows)
        self.formats = dict(formats or {})


def cell_text(cell: Any, form: str = "") -> str:
    """A cell as it is written; the parts of a tuple are separated by commas unless the format says otherwise."""
    if isinstance(cell, str):
        return cell
    if "{" in form:
        return form.format(*cell if isinstance(cell, tuple) else (cell,))
    if isinstance(cell, tuple):
        return ", ".join(cell_text(part, form) for part in cell)
    return format(cell, form) if form else str(cell)


def texts(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Rows with every cell as it is written."""
    formats = getattr(rows, "formats", {})
    return [{column: cell_text(cell, formats.get(column, "")) for column, cell in row.items()} for row in rows]


def show(title: str, rows: Sequence[Mapping[str, Any]], notes: Sequence[str] = ()) -> None:
    """Prints rows of equal keys as a table; `Rows` carry their formats."""
    table = Table(title=title, title_justify="left")
    for column in rows[0]:
        table.add_column(column)
    for row in texts(rows):
        table.add_row(*row.values())
    console = Console(width=None if os.isatty(1) else 160)
    console.print(table)
    for note in notes:
        print(note)


def write(
    folder: str | Path,
    name: str,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    notes: Sequence[str] = (),
    tex: bool = False,
) -> Path:
    """Writes rows as `<name>.csv` and `<name>.md`, and with `tex` as `<name>.tex`; the path of the second."""
    folder, written = Path(folder), texts(rows)
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / f"{name}.csv", written)
    lines = [f"## {title}", "", "| " + " | ".join(written[0]) + " |", "|" + "---|" * len(written[0])]
    lines += ["| " + " | ".join(row.values()) + " |" for row in written]
    lines += ["", *(f"- {note}" for note in notes)]
    path = folder / f"{name}.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if tex:
        path.with_suffix(".tex").write_text(as_tex(written, title), encoding="utf-8")
    return path


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows of equal keys; numbers with all their digits."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def as_tex(rows: Sequence[Mapping[str, str]], title: str) -> str:
    """A table for LaTeX, which needs the package booktabs; columns that hold numbers alone are flush right."""
    kinds = ["r" if all(_is_number(row[column]) for row in rows) else "l" for column in rows[0]]
    lines = [" & ".join(map(_tex, cells)) + r" \\" for cells in (rows[0], *(row.values() for row in rows))]
    body = "\n".join([lines[0], r"\midrule", *lines[1:]])
    return (
        f"\\begin{{table}}\n\\caption{{{_tex(title)}}}\n\\begin{{tabular}}{{{''.join(kinds)}}}\n\\toprule\n{body}\n"
        f"\\bottomrule\n\\end{{tabular}}\n\\end{{table}}\n"
    )


def _is_number(text: str) -> bool:
    parts = text.replace(" ± ", " ").split()
    return all(part.replace("-", "").replace(".", "").replace("e", "").isdigit() for part in parts) or text == "-"


def _tex(text: str) -> str:
    for character in "&%#_$":
        text = text.replace(character, "\\" + character)
    return text.replace("±", r"$\pm$")


def report(
    folder: str | Path,
    name: str,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    notes: Sequence[str] = (),
    pictures: Sequence[Path] = (),
    tex: bool = False,
) -> None:
    """Prints a table, writes it to a folder, and says where it is; `pictures` are paths that belong to it."""
    show(title, rows, notes)
    print(f"written to {', '.join(map(str, [write(folder, name, title, rows, notes, tex), *pictures]))}")
