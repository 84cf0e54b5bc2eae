"""Where the settings of reproductions are, and what they need of a user; nothing is imported for it."""

from pathlib import Path

CONFIGS = Path(__file__).parents[3] / "gin_configs"
SETTINGS = CONFIGS / "reproductions"
_NEEDS = "# Needs: "


def needs(result: str, scale: str) -> dict[str, str]:
    """Gin settings that a scale cannot do without, with examples, as the comments of its file say.

    Args:
        result: the folder of its files, such as `"sideways/table1"`.
        scale: name of the file; one that is not there needs nothing.
    """
    path = SETTINGS / result / f"{scale}.gin"
    lines = path.read_text().splitlines() if path.is_file() else []
    said = (line.removeprefix(_NEEDS).split(" = ", 1) for line in lines if line.startswith(_NEEDS))
    return {name: example for name, example in said}
