"""The Python snippets of a page, run as a reader would copy them."""

import re
from pathlib import Path
from typing import Any

from eager import eagerly

CONTINUES = "# continues"
SNIPPET = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def run(page: Path, folder: Path) -> dict[str, Any]:
    """What names stand for after the last snippet; a snippet starts from nothing unless it says what it continues.

    Args:
        page: Markdown.
        folder: for a file of each snippet, since AutoGraph reads the code of functions.
    """
    names: dict[str, Any] = {}
    for number, snippet in enumerate(SNIPPET.findall(page.read_text(encoding="utf-8"))):
        if "threading" in snippet:  # threads are set before TensorFlow starts
            continue
        if not snippet.startswith(CONTINUES):
            names = {}
        path = folder / f"snippet_{number}.py"
        path.write_text(snippet)
        with eagerly(".fit(" in snippet):  # one step takes less time than its graph
            exec(compile(snippet, path, "exec"), names)  # noqa: S102
    return names
