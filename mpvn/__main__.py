"""All commands under one name: `mpvn train ...` is `python -m mpvn.train ...`; `mpvn --help` lists them.

A project adds commands by entry points in the group `mpvn.commands`: names, and modules that define a `COMMAND`.
"""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

GROUP = "mpvn.commands"
# {name: module}
OWN = {
    "demo": "mpvn.demo",
    "train": "mpvn.train",
    "evaluate": "mpvn.evaluate",
    "stream": "mpvn.stream_video",
    "export": "mpvn.export",
    "advise": "mpvn.advise",
    "report": "mpvn.report",
    "prepare": "mpvn.prepare_data",
    "worker": "mpvn.worker",
    "benchmark": "mpvn.benchmark",
    "reproduce": "mpvn.reproduce",
}


def commands() -> dict[str, str]:
    """{name: module} of this package's commands and those of installed projects."""
    return OWN | {point.name: point.value for point in entry_points(group=GROUP)}


def described(module: str) -> str:
    """The first sentence of a module's docstring, without importing the module."""
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        return ""
    text = ast.get_docstring(ast.parse(Path(found.origin).read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ")


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command named by the first argument, with the other arguments as its flags."""
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or [""]
    found = commands()
    if name in ("", "-h", "--help", "help"):
        width = max(map(len, found))
        print("mpvn COMMAND --help lists a command's flags.\n")
        print("\n".join(f"  {key:{width}}  {described(module)}" for key, module in found.items()))
        return
    if name not in found:
        print(f"error: mpvn has no command {name!r}: expected {', '.join(found)}", file=sys.stderr)
        sys.exit(2)
    sys.argv = [f"mpvn {name}", *rest]
    importlib.import_module(found[name]).COMMAND.run()


if __name__ == "__main__":
    main()
