"""The floors of the house, as CONTRIBUTING shows them, and the arrows between its rooms, read from the code.

python tests/support/floors.py prints the map with each room's own words; CONTRIBUTING holds what it prints.
"""

import ast
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("mpvn", "sideways_tf")
BEGIN, END = "<!-- floors: python tests/support/floors.py -->\n```\n", "```\n<!-- end of floors -->"


def floors(text: str | None = None) -> list[list[str]]:
    """The rooms of every floor, the ground floor first.

    A line of the map is a room, an indented line says which files are in it, an empty line is a ceiling.
    """
    text = (ROOT / "CONTRIBUTING.md").read_text() if text is None else text
    listing = text.split(BEGIN)[1].split(END)[0]
    listing = "\n".join(line for line in listing.splitlines() if not line.startswith(" "))
    return [[line.split()[0] for line in floor.splitlines()] for floor in listing.strip("\n").split("\n\n")]


def shown(rooms: list[list[str]]) -> str:
    """The map with the first sentence of each room's docstring, and the names of its files."""
    wide = max(len(room) for floor in rooms for room in floor)
    known = {room for floor in rooms for room in floor}
    return "\n".join(
        "".join(f"{room.ljust(wide)}  {_words(room)}\n{_files(room, known)}" for room in floor) for floor in rooms
    )


def modules() -> dict[str, Path]:
    """{module's name: its file} of both packages."""
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    names = {file: ".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files}
    return {name.removesuffix(".__init__"): file for file, name in names.items()}


def room_of(module: str, rooms: list[list[str]]) -> tuple[int, str]:
    """Number of the floor, and the room: the longest name in the map that the module's begins with."""
    found = [(len(room), number, room) for number, floor in enumerate(rooms) for room in floor if _within(module, room)]
    _, number, room = max(found)
    return number, room


def arrows(source: str, known: dict[str, Path], executed_only: bool = False) -> set[str]:
    """The modules that a file's code names: by imports, also inside functions, and by strings.

    Args:
        source: the code.
        known: all modules.
        executed_only: leave out imports for type checkers, and strings.
    """
    tree, found = ast.parse(source), set()
    skipped = set()
    if executed_only:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
                skipped |= set(map(id, ast.walk(node)))
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not executed_only:
            found |= {node.value} if "." in node.value else set()
    return {name for name in found if name in known}


def _within(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


def _files(room: str, known: set[str]) -> str:
    """The names of a room's files, but for those that are rooms themselves; folders end with a stroke."""
    base = ROOT.joinpath(*room.split("."))
    if not base.is_dir():
        return ""
    inside = sorted(path for path in base.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists())
    names = [path.stem + "/" * path.is_dir() for path in inside if f"{room}.{path.stem}" not in known]
    text = " ".join(name for name in names if not name.startswith("__"))
    return textwrap.indent(textwrap.fill(text, 114), "    ") + "\n" if text else ""


def _words(room: str) -> str:
    base = ROOT.joinpath(*room.split("."))
    file = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    return ast.get_docstring(ast.parse(file.read_text())).splitlines()[0]


if __name__ == "__main__":
    print(shown(floors()), end="")
