"""Numbers on pages are those of the result files: `python tests/support/pages.py` writes them there.

In a page, two comments say where a table or a number comes from; what follows them is replaced:

    <!-- table docs/sideways/table1.csv; columns network, Sideways; where classes = all -->
    | network | Sideways |
    ...

    ... of <!-- cell docs/sideways/table3.csv; column MSE; where method = sideways -->0.0015 ± 0.0005<!-- end --> ...

`columns` and `where` can be left out; several conditions are joined by `and`. Files are named from the project's root.
"""

import csv
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(path for name in ("docs", "benchmarks") for path in (ROOT / name).rglob("*.md"))]
TABLE = re.compile(r"(<!-- table (.*?) -->\n)((?:\|.*\n)*)")
CELL = re.compile(r"(<!-- cell (.*?) -->)(.*?)(<!-- end -->)", re.DOTALL)


class Source:
    """What a comment names: a file, columns of it, and which rows."""

    def __init__(self, said):
        name, *parts = re.split(r"; (?=columns |column |where )", said)
        self.path = ROOT / name
        options = dict(part.split(" ", 1) for part in parts)
        with open(self.path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for condition in options["where"].split(" and ") if "where" in options else ():
            column, value = (side.strip() for side in condition.split("=", 1))
            rows = [row for row in rows if row[column] == value]
        if not rows:
            raise ValueError(f"{said!r}: no row of {name} is left")
        wanted = options.get("columns") or options.get("column")
        # A comma may be part of a name.
        self.columns = list(rows[0]) if wanted is None else _split(wanted, list(rows[0]))
        self.rows = rows

    def table(self):
        lines = [self.columns, ["---"] * len(self.columns), *([row[c] for c in self.columns] for row in self.rows)]
        text = ["| " + " | ".join(line) + " |\n" for line in lines]
        text[1] = "|" + "---|" * len(self.columns) + "\n"
        return "".join(text)

    def cell(self):
        if len(self.rows) != 1 or len(self.columns) != 1:
            raise ValueError(f"{self.path.name}: {len(self.rows)} rows of {self.columns} are no single number")
        return self.rows[0][self.columns[0]]


def _split(wanted, known):
    """Names of columns, separated by commas; the longest known name is taken first."""
    found, rest = [], wanted.strip()
    while rest:
        name = next((c for c in sorted(known, key=len, reverse=True) if rest == c or rest.startswith(f"{c},")), None)
        if name is None:
            raise ValueError(f"no column begins {rest!r}: there are {', '.join(known)}")
        found.append(name)
        rest = rest[len(name) :].lstrip(", ")
    return found


def filled(text):
    """A page with what its comments name."""
    text = TABLE.sub(lambda found: found[1] + Source(found[2]).table(), text)
    return CELL.sub(lambda found: found[1] + Source(found[2]).cell() + found[4], text)


def named(text):
    """The files that the comments of a page name."""
    return {Source(said).path for _, said, *_ in [*TABLE.findall(text), *CELL.findall(text)]}


def main():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if filled(text) != text:
            page.write_text(filled(text), encoding="utf-8")
            print(f"written: {page}")


if __name__ == "__main__":
    sys.exit(main())
