"""Tables of results: printed, as CSV and as Markdown, with the machine they were measured on."""

import csv
import os
import platform
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table


def machine() -> str:
    """What the numbers were measured on."""
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


def show(title: str, rows: Sequence[dict], notes: Sequence[str] = ()) -> None:
    """Prints rows of equal keys as a table."""
    table = Table(title=title, title_justify="left")
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console = Console(width=None if os.isatty(1) else 160)
    console.print(table)
    for note in notes:
        print(note)


def write(folder, name: str, title: str, rows: Sequence[dict], notes: Sequence[str] = ()) -> Path:
    """Writes rows as `<name>.csv` and `<name>.md`; the path of the latter."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    lines = [f"## {title}", "", "| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    lines += ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in rows]
    lines += ["", *(f"- {note}" for note in notes)]
    path = folder / f"{name}.md"
    path.write_text("\n".join(lines) + "\n")
    return path


def report(folder, name: str, title: str, rows: Sequence[dict], notes: Sequence[str] = (), pictures=()) -> None:
    """Prints a table, writes it to a folder, and says where it is; `pictures` are paths that belong to it."""
    show(title, rows, notes)
    print(f"written to {', '.join(map(str, [write(folder, name, title, rows, notes), *pictures]))}")
